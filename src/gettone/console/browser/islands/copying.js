/* Buttons that copy: `data-copy` holds the text, `data-copy-from` the id of the element that shows it. */

import { announce } from "./announcing.js";

const SHOWN_MS = 1600;

export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-from]");
    if (!button) return;
    const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : null;
    const text = button.dataset.copy ?? (source?.value !== undefined ? source.value : source?.textContent);
    if (text === undefined || text === null) return;
    if (await put(text, source)) tell(button);
  });
}

async function put(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission: what is on the page can be selected, and copied by hand.
    if (source) getSelection().selectAllChildren(source);
    return false;
  }
}

function tell(button) {
  const copied = document.body.dataset.copied;
  announce(copied);
  if (button.dataset.label) return;
  button.dataset.label = button.textContent;
  button.textContent = copied;
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
  }, SHOWN_MS);
}
