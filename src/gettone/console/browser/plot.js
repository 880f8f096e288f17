/* Draws the tables that stand under `[data-plot-frame]`: the first column is time (seconds, in data-value), each other
   one a line. The table stays, folded, for everybody who would rather read it. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { onParts } from "./islands/parts.js";

const COLOURS = ["--bronze", "--bad", "--ok", "--warn"];
// Lines differ in more than colour.
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
const HEIGHT = 180;
const DAYS_SECONDS = 36 * 3600;
const dark = matchMedia("(prefers-color-scheme: dark)");
const plots = new Map();

onParts((root) => {
  for (const [frame, plot] of plots) if (!frame.isConnected) forget(frame, plot);
  for (const frame of root.querySelectorAll("[data-plot-frame]")) {
    const table = frame.querySelector("table[data-plot]");
    const known = plots.get(frame);
    if (table && known?.table !== table) draw(frame, table, known);
  }
});

// Colours are read when a plot is made. Drawing takes a plot out of the map and puts it in again: hence the copy.
dark.addEventListener("change", () => {
  for (const [frame, plot] of [...plots]) draw(frame, plot.table, plot);
});

function draw(frame, table, known) {
  if (known) forget(frame, known);
  const area = frame.querySelector(".plot-area");
  const drawn = new uPlot(options(frame, area, table), columns(table), area);
  const observer = new ResizeObserver(() => drawn.setSize({ width: area.clientWidth, height: HEIGHT }));
  observer.observe(area);
  plots.set(frame, { table, drawn, observer });
}

function forget(frame, { drawn, observer }) {
  observer.disconnect();
  drawn.destroy();
  plots.delete(frame);
}

/** The table's cells as columns of numbers; an empty cell is a gap. */
function columns(table) {
  const rows = [...table.tBodies[0].rows].map((row) =>
    [...row.cells].map((cell) => (cell.dataset.value === undefined || cell.dataset.value === "" ? null : Number(cell.dataset.value))),
  );
  return [...table.tHead.rows[0].cells].map((_, column) => rows.map((row) => row[column]));
}

function options(frame, area, table) {
  const style = getComputedStyle(frame);
  const colour = (name) => style.getPropertyValue(name).trim();
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
  const unit = table.dataset.unit ? ` ${table.dataset.unit}` : "";
  const bars = table.dataset.plot === "bars";
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const time = times(table);
  return {
    width: area.clientWidth,
    height: HEIGHT,
    tzDate: (second) => uPlot.tzDate(new Date(second * 1000), zone()),
    axes: [
      { ...axis, values: (_, seconds) => seconds.map((second) => time.short(second * 1000)) },
      { ...axis, size: 64, values: (_, values) => values.map((value) => (value === null ? "" : `${value.toLocaleString()}${unit}`)) },
    ],
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high > 0 ? high : 1) * 1.1] } },
    cursor: { points: { size: 6 } },
    legend: { live: true },
    series: [
      { label: names[0], value: (_, second) => (second === null ? "" : time.long(second * 1000)) },
      ...names.slice(1).map((label, place) => ({
        label,
        stroke: colour(COLOURS[place % COLOURS.length]),
        dash: DASHES[place % DASHES.length],
        width: 1.6,
        points: { show: true, size: 5, filter: lonely },
        fill: place === 0 ? colour("--bronze-weak") : undefined,
        paths: bars ? uPlot.paths.bars({ size: [0.7] }) : undefined,
        value: (_, value) => (value === null ? "" : `${value.toLocaleString()}${unit}`),
      })),
    ],
  };
}

/** The points that no line leads to: without them, what happened once would not be seen. */
function lonely(plot, series) {
  const values = plot.data[series];
  return values.flatMap((value, at) => (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : []));
}

/** How times are written: those of a day by the clock, those of more days by the day; in the reader's zone. */
function times(table) {
  const [first, last] = [table.tBodies[0].rows[0], [...table.tBodies[0].rows].at(-1)];
  const span = first ? Number(last.cells[0].dataset.value) - Number(first.cells[0].dataset.value) : 0;
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const day = { month: "short", day: "numeric" };
  // Days before months, as the page writes them.
  const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const write = (options) => new Intl.DateTimeFormat(locale, { ...options, timeZone: zone() }).format;
  return span > DAYS_SECONDS ? { short: write(day), long: write({ ...day, ...clock }) } : { short: write(clock), long: write(clock) };
}

/** The reader's zone, as the page has it; the browser's own where it does not know that one. */
function zone() {
  const said = document.body.dataset.zone;
  try {
    new Intl.DateTimeFormat("en", { timeZone: said });
    return said || Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}
