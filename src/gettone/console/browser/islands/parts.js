/* Tells islands of the page, and of every part that htmx puts into it. */

/** Call `start` with the document now, and with the document again after every swap. It has to bear being told twice. */
export function onParts(start) {
  start(document);
  document.addEventListener("htmx:after:swap", () => start(document));
  document.addEventListener("htmx:sse:after:message", () => start(document));
}
