// What is drawn, and how a line is told from another: by its dashes as well as by its colour.

import { count, figure, rate } from "./format.js";

export const DASHES = { solid: [], dashed: [7, 4], dotted: [2, 3] };

// What is drawn: a title, a unit, lines of columns, and perhaps a limit with its name.
export const CHARTS = [
  {
    title: "Rate",
    unit: "events/s",
    write: rate,
    lines: [
      { name: "asked", column: "asked", dash: "dotted", ink: "faint" },
      { name: "offered", column: "due", dash: "dashed", ink: "two" },
      { name: "achieved", column: "sent", dash: "solid", ink: "one" },
    ],
  },
  {
    title: "Latency",
    unit: "ms, from due to seen",
    write: figure,
    mayBeLog: true,
    limit: (live) => live.load && { value: live.load.slo_ms, name: "late" },
    lines: [
      { name: "p50", column: "p50", dash: "dotted", ink: "three" },
      { name: "p95", column: "p95", dash: "dashed", ink: "two" },
      { name: "p99", column: "p99", dash: "solid", ink: "one" },
    ],
  },
  {
    title: "Schedule lag",
    unit: "ms, of the generator itself",
    write: figure,
    limit: (live) => live.limits && { value: live.limits.lag_p99_ms_max, name: "invalid" },
    isLimitShown: true,
    lines: [{ name: "p99", column: "schedule_lag_p99", dash: "solid", ink: "one" }],
  },
  {
    title: "Consumer lag",
    unit: "s",
    write: figure,
    lines: [{ name: "oldest unanswered", column: "lag_seconds", dash: "solid", ink: "one" }],
  },
  {
    title: "Behind",
    unit: "how many",
    write: count,
    lines: [
      { name: "events unread", column: "lag_events", dash: "dashed", ink: "two" },
      { name: "decisions awaited", column: "outstanding", dash: "solid", ink: "one" },
    ],
  },
  {
    title: "Decisions",
    unit: "a second, by when their cause was due",
    write: count,
    lines: [
      { name: "late", column: "late", dash: "dotted", ink: "three" },
      { name: "expected", column: "expected", dash: "dashed", ink: "two" },
      { name: "seen", column: "seen", dash: "solid", ink: "one" },
    ],
  },
];

export function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// A line of a legend: a sample of the line, its name and its value at the cursor.
export function legendEntry(line) {
  const entry = element("span", `key ink-${line.ink}`);
  const sample = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const stroke = document.createElementNS("http://www.w3.org/2000/svg", "line");
  for (const [name, value] of Object.entries({ x1: 0, y1: 5, x2: 22, y2: 5, "stroke-dasharray": DASHES[line.dash] }))
    stroke.setAttribute(name, value);
  sample.setAttribute("viewBox", "0 0 22 10");
  sample.setAttribute("aria-hidden", "true");
  sample.append(stroke);
  const value = element("span", "key-value", "–");
  entry.append(sample, element("span", "key-name", line.name), value);
  return { entry, value };
}
