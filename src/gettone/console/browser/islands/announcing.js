/* Says to screen readers what changed. There is one live region, in the page from the start: regions that come with a
   swap are not read by all of them. */

let region;

export function startAnnouncing() {
  region = document.getElementById("live");
  // What is wrong with a form is where reading goes on.
  document.querySelector("[data-focus]")?.focus();
}

/** Say a sentence; the same one twice is said twice. */
export function announce(text) {
  if (!region) return;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

/** Say what parts that came by a swap want said: `data-announce`, once each. */
export function announceIn(root) {
  for (const element of root.querySelectorAll("[data-announce]")) {
    const text = element.dataset.announce;
    element.removeAttribute("data-announce");
    if (text) announce(text);
  }
}
