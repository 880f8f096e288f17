/* Says that no answer came: a server that is stopped, a line that is cut. What was typed stays where it is, and counts as
   unsaved again. The words are the page's own, in `data-away`; they go with the next answer.

   A browser that sends a form leaves its page, and what was typed in it, before it knows whether anybody is there. So
   somebody is asked for first: for a small file, which costs one round trip. */

const ANSWER_MS = 10_000;
const answered = new WeakSet();

export function startAway() {
  document.addEventListener("htmx:error", ({ target, detail }) => {
    if (!detail.ctx || detail.ctx.response) return;
    unsaved(target);
    tell();
  });
  document.addEventListener("htmx:response:error", ({ target }) => unsaved(target));
  document.addEventListener("htmx:after:request", forget);
  document.addEventListener("submit", hold, true);
}

/** Send a form only when there is somebody to take it. */
async function hold(event) {
  const { target: form, submitter } = event;
  if (form.getAttribute("method") !== "post" || form.hasAttribute("hx-post") || answered.delete(form)) return;
  event.preventDefault();
  event.stopPropagation();
  if (form.dataset.held !== undefined) return;
  form.dataset.held = "";
  const isThere = await somebody();
  delete form.dataset.held;
  if (!isThere) return tell();
  forget();
  answered.add(form);
  form.requestSubmit(submitter);
  // What is wrong in a field, typed meanwhile, stops it before it is sent.
  answered.delete(form);
}

async function somebody() {
  try {
    await fetch(document.querySelector("link[rel=icon]").href, {
      method: "HEAD",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return true;
  } catch {
    return false;
  }
}

function unsaved(form) {
  if (form.dataset?.unsaved !== undefined) form.dataset.touched = "";
}

function forget() {
  document.querySelector(".away")?.remove();
}

function tell() {
  forget();
  const notice = document.createElement("div");
  notice.className = "notice bad away";
  notice.setAttribute("role", "alert");
  notice.textContent = document.body.dataset.away;
  document.body.append(notice);
}
