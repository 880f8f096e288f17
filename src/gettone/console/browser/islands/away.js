/* Says that no answer came: a server that is stopped, a line that is cut. What was typed stays where it is, and counts as
   unsaved again. The words are the page's own, in `data-away`; they go with the next answer. */

export function startAway() {
  document.addEventListener("htmx:error", ({ target, detail }) => {
    if (!detail.ctx || detail.ctx.response) return;
    unsaved(target);
    tell();
  });
  document.addEventListener("htmx:response:error", ({ target }) => unsaved(target));
  document.addEventListener("htmx:after:request", () => document.querySelector(".away")?.remove());
}

function unsaved(form) {
  if (form.dataset?.unsaved !== undefined) form.dataset.touched = "";
}

function tell() {
  document.querySelector(".away")?.remove();
  const notice = document.createElement("div");
  notice.className = "notice bad away";
  notice.setAttribute("role", "alert");
  notice.textContent = document.body.dataset.away;
  document.body.append(notice);
}
