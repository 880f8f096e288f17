/* On narrow screens the dock is one line that scrolls: where somebody is has to be in sight. */

export function startDock() {
  const line = document.querySelector(".dock-line");
  const current = line?.querySelector("[aria-current]");
  if (current) line.scrollLeft = current.offsetLeft - (line.clientWidth - current.offsetWidth) / 2;
}
