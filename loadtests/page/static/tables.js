// The tables of the page. Cells are changed in place, so that a selection or a scroll stays where it was.

import { NOTHING, UNKNOWABLE, count, elapsed, figure, known, rate, score, share, tick } from "./format.js";

// A column: its title, what a row has in it, and whether that is text.
const SHARD_COLUMNS = [
  { title: "Shard", cell: (one) => String(one.shard), isName: true },
  { title: "Worker", cell: (one) => shortName(one.worker) || NOTHING, isText: true, title_of: (one) => one.worker },
  { title: "State", cell: shardState, isText: true, isBad: (one) => one.is_lost || one.error !== "" },
  { title: "Rate", cell: (one) => rate(one.rate) },
  { title: "Sent", cell: (one) => count(one.sent) },
  { title: "Acked", cell: (one) => count(one.acknowledged) },
  { title: "Failed", cell: (one) => count(one.failed), isBad: (one) => one.failed > 0 },
  { title: "Expected", cell: (one) => count(one.expected) },
  { title: "Seen", cell: (one) => count(one.seen) },
  { title: "Missing", cell: (one) => known(one.awaited), title_of: whyUnknown },
  { title: "Twice", cell: (one) => count(one.twice), isBad: (one) => one.twice > 0 },
  { title: "Out of order", cell: (one) => count(one.out_of_order), isBad: (one) => one.out_of_order > 0 },
  { title: "Late", cell: (one) => count(one.late), isBad: (one) => one.late > 0 },
  { title: "Lag, s", cell: (one) => (one.answers_clock || one.lag_seconds ? figure(one.lag_seconds) : NOTHING) },
  { title: "Unread", cell: (one) => (one.answers_clock ? count(one.lag_events) : NOTHING) },
  { title: "Ahead", cell: (one) => tick(one.ahead_events) },
  { title: "CPU", cell: (one) => share(one.cpu_share), isBad: (one) => one.cpu_share > one.cpuShareMax },
  { title: "Clock, ms", cell: clockOffset },
];

const STEP_COLUMNS = [
  { title: "Step", cell: (one) => one.name, isName: true },
  { title: "From", cell: (one) => elapsed(one.start_seconds) },
  { title: "Asked, /s", cell: (one) => rate(one.asked_per_second) },
  { title: "Offered, /s", cell: (one) => rate(one.offered_per_second) },
  { title: "Achieved, /s", cell: (one) => rate(one.achieved_per_second) },
  { title: "p50, ms", cell: (one) => figure(one.latency_ms.p50) },
  { title: "p95, ms", cell: (one) => figure(one.latency_ms.p95) },
  { title: "p99, ms", cell: (one) => figure(one.latency_ms.p99) },
  { title: "Schedule lag p99, ms", cell: (one) => figure(one.schedule_lag_ms.p99) },
  { title: "Missing", cell: (one) => known(one.missing), isBad: (one) => one.missing > 0, title_of: ({ missing }) => whyUnknown({ awaited: missing }) },
  { title: "Late", cell: (one) => count(one.late), isBad: (one) => one.late > 0 },
  { title: "Patients", cell: (one) => count(one.patients) },
];

const SCORE_COLUMNS = [
  { title: "Metric", cell: (one) => one.name.replaceAll("_", " "), isName: true, title_of: (one) => one.summary },
  { title: "Under load", cell: (one) => score(one.value), isBad: (one) => one.is_worse },
  { title: "At rest", cell: (one) => score(one.at_rest) },
  { title: "Unit", cell: (one) => (one.unit === "1" ? "" : one.unit), isText: true },
  { title: "Better is", cell: (one) => (one.better === "neither" ? "" : one.better), isText: true },
];

const COUNT_COLUMNS = [
  { title: "What", cell: ([name]) => name, isName: true },
  { title: "How many", cell: ([, value]) => known(value), isBad: ([, value, isBad]) => isBad && value > 0 },
  { title: "Which is", cell: ([, , , meaning]) => meaning, isText: true },
];

const SCORED_MAX = 3;
const EDGE = /_(low|high|q\d)$/; // the ends of an interval, beside the value that they belong to
const BAD_SIGN = "▲ ";

// Locust calls a worker by its host and 32 digits by chance: the first few tell it from the others.
function shortName(worker) {
  return worker.replace(/_([0-9a-f]{6})[0-9a-f]{26}$/, "_$1");
}

function shardState(one) {
  if (one.is_lost) return "lost";
  if (one.error) return one.error;
  if (one.isOver) return "done";
  return one.is_ready || one.sent ? "working" : "getting ready";
}

function whyUnknown({ awaited }) {
  return awaited === null ? UNKNOWABLE : "";
}

function clockOffset(one) {
  return one.round_trip_ms ? `${figure(one.clock_offset_ms)} ± ${figure(one.round_trip_ms / 2)}` : NOTHING;
}

// Write rows into a table; what is bad is marked by a sign, and told in words to who hears the page.
function fill(table, columns, rows) {
  if (!table.tHead) {
    const head = table.createTHead().insertRow();
    for (const column of columns) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = column.title;
      cell.className = column.isText || column.isName ? "text" : "";
      head.append(cell);
    }
    table.createTBody();
  }
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  while (body.rows.length < rows.length) addRow(body, columns);
  rows.forEach((row, place) => columns.forEach((column, number) => write(body.rows[place].cells[number], column, row)));
}

function addRow(body, columns) {
  const row = body.insertRow();
  for (const column of columns) {
    const cell = document.createElement(column.isName ? "th" : "td");
    if (column.isName) cell.scope = "row";
    cell.className = column.isText || column.isName ? "text" : "";
    row.append(cell);
  }
}

function write(cell, column, row) {
  const isBad = Boolean(column.isBad?.(row));
  const text = (isBad ? BAD_SIGN : "") + column.cell(row);
  if (cell.textContent !== text) cell.textContent = text;
  cell.classList.toggle("bad", isBad);
  if (column.title_of) cell.title = column.title_of(row);
}

export function showShards(table, live) {
  const isOver = live.state === "over";
  const awaited = (one) => (live.load?.knows ? one.expected - one.seen : null);
  fill(
    table,
    SHARD_COLUMNS,
    live.shards.map((one) => ({ ...one, isOver, awaited: awaited(one), cpuShareMax: live.limits.cpu_share_max })),
  );
}

export function showSteps(table, live) {
  const metrics = live.score.filter((one) => one.better !== "neither" && one.at_rest !== null && !EDGE.test(one.name));
  const scored = metrics.slice(0, SCORED_MAX).map(({ name }) => ({
    title: name.replaceAll("_", " "),
    cell: (one) => (one.score[name] === undefined ? NOTHING : `${score(one.score[name])} (${score(one.score_at_rest[name])})`),
  }));
  const columns = live.steps.some((one) => one.patients) ? [...STEP_COLUMNS, ...scored] : STEP_COLUMNS.slice(0, -1);
  table.replaceChildren();
  fill(table, columns, live.steps);
}

export function showScore(table, live) {
  fill(table, SCORE_COLUMNS, live.score.filter((one) => one.value !== null || one.at_rest !== null));
}

export function showCounts(table, live) {
  const { delivery, load, state } = live;
  const missing = state === "over" ? "missing" : "awaited";
  fill(table, COUNT_COLUMNS, [
    ["events due", delivery.due, false, "by the schedule"],
    ["events sent", delivery.sent, false, "taken by the Kafka client"],
    ["events acknowledged", delivery.acknowledged, false, "by the brokers"],
    ["events failed", delivery.failed, true, "and will never arrive"],
    ["decisions expected", delivery.expected, false, load?.knows ? "must follow from what was sent" : "as came"],
    ["decisions seen", delivery.seen, false, "each counted once"],
    [`decisions ${missing}`, delivery.missing, state === "over", delivery.missing === null ? UNKNOWABLE : "expected and not seen"],
    ["decisions twice", delivery.twice, true, "came again"],
    ["decisions out of order", delivery.out_of_order, true, "after a later one on the same subject"],
    ["decisions unexpected", delivery.unexpected, true, delivery.unexpected === null ? UNKNOWABLE : "follow from nothing that was sent"],
    ["records unreadable", delivery.unreadable, true, "are no decisions"],
    ["decisions late", delivery.late, true, "later than the SLO"],
  ]);
}
