/* Keeps `<time data-ago>` true while a page stays open, in the words of the page's language. */

const EVERY_MS = 20_000;
const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const NEAR_SECONDS = 30 * 86_400;

/** A function that watches the times of the document. */
export function startTimes() {
  const language = document.documentElement.lang || "en";
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const loadedAt = Date.now();

  function update() {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
      const step = STEPS.find(([, length]) => Math.abs(seconds) >= length);
      // Under a minute and beyond a month, the server's own words stay until they are wrong.
      if (!step || Math.abs(seconds) >= NEAR_SECONDS) continue;
      const text = words.format(Math.trunc(seconds / step[1]), step[0]);
      const shown = language === "ja" ? text.replace(/(\d) /g, "$1") : text;
      if (time.textContent !== shown) time.textContent = shown;
    }
  }

  setInterval(update, EVERY_MS);
  return () => {
    // The first words are the server's; a page that came out of the browser's history is behind.
    if (Date.now() - loadedAt > EVERY_MS) update();
  };
}
