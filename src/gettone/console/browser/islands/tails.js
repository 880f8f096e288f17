/* A list of log lines that goes on by itself: pausing it, bounding it, and telling how it stands.

   While it is paused, the stream waits in the browser and then at the server, which says how many lines it had to leave
   out. `data-pause` names the element that tells how it stands; that one has the words. */

const LINES_MAX = 1000;

let goOn = null;
let held = null;

export function startTails() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-pause]");
    if (button) toggle(button);
  });
  document.addEventListener("htmx:sse:before:message", (event) => {
    if (held) event.detail.waitUntil(held);
  });
  document.addEventListener("htmx:sse:after:message", (event) => bound(event.target));
  document.addEventListener("htmx:sse:after:connection", () => tell(held ? "paused" : "live"));
  document.addEventListener("htmx:sse:close", () => tell("over"));
  document.addEventListener("htmx:sse:error", (event) => {
    // Nobody is signed in any more: the page itself asks for that.
    if (event.detail.status === 401) location.reload();
    else tell("away");
  });
}

function toggle(button) {
  const pressed = button.dataset.resume;
  button.dataset.resume = button.textContent;
  button.textContent = pressed;
  if (held) {
    goOn();
    held = null;
  } else {
    held = new Promise((resolve) => {
      goOn = resolve;
    });
  }
  tell(held ? "paused" : "live");
}

/** The oldest lines go: a page that stays open does not grow for ever. */
function bound(frame) {
  const list = frame.querySelector?.("[data-tail]");
  while (list && list.children.length > LINES_MAX) list.lastElementChild.remove();
}

function tell(state) {
  const element = document.getElementById("tail-state");
  const text = element?.dataset[state];
  if (!text || element.textContent === text) return;
  element.textContent = text;
  element.classList.toggle("ok", state === "live");
  element.classList.toggle("warn", state !== "live");
}
