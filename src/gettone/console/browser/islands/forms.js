/* Comfort of forms: choices that send themselves, parts that fold, and a question before typed text is lost. */

export function startForms() {
  // Where nobody was asked for a time zone, the browser says which one it is in.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const input of document.querySelectorAll("input[data-zone]")) input.value = zone;
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit]")) event.target.form?.requestSubmit();
    touched(event);
  });
  document.addEventListener("input", touched);
  document.addEventListener("click", toggle);
  document.addEventListener("submit", (event) => delete event.target.dataset.touched);
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-unsaved][data-touched]")) event.preventDefault();
  });
}

/** Note that a form with `data-unsaved` holds something that nobody has saved. */
function touched(event) {
  const form = event.target.form;
  if (form?.dataset.unsaved !== undefined) form.dataset.touched = "";
}

/** `data-toggle` names the element that a button shows and hides. */
function toggle(event) {
  const button = event.target.closest?.("[data-toggle]");
  const part = button && document.getElementById(button.dataset.toggle);
  if (!part) return;
  part.hidden = !part.hidden;
  button.setAttribute("aria-expanded", String(!part.hidden));
}
