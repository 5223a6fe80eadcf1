// The page: it asks how the load stands, again and again, and shows it.

import { Board } from "./board.js";
import { Control } from "./control.js";
import { UNKNOWABLE, count, elapsed, figure, rate, share, span } from "./format.js";
import { Series } from "./series.js";
import { showCounts, showScore, showShards, showSteps } from "./tables.js";
import { measuredWhen, verdictOf } from "./verdict.js";

const BUSY_MS = 1000;
const QUIET_MS = 2000;
const MORE_MS = 60;
const PATIENCE_MS = 10000;

const at = (id) => document.getElementById(id);
const series = new Series();
const board = new Board(at("charts"), at("instant"));
const control = new Control(at("control"), () => look());
let live = null;
let shown = { number: null, drawn: -1 };
let timer = 0;
let isLooking = false;
let lostSince = null;

async function look() {
  clearTimeout(timer);
  if (isLooking) return;
  isLooking = true;
  let next = QUIET_MS;
  try {
    take(await ask());
    show();
    if (live.has_more) next = MORE_MS;
    else if (live.state !== "idle" && live.state !== "over") next = BUSY_MS;
  } catch (error) {
    lose(error);
  }
  isLooking = false;
  timer = setTimeout(look, next);
}

async function ask() {
  // After a silence another process may answer, with revisions of its own.
  const since = lostSince === null && live ? live.revision : 0;
  const answer = await fetch(`pulsetrain/live?since=${since}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.redirected || !answer.headers.get("content-type")?.includes("json"))
    throw new Error("Your login has ended. Open Locust's page, log in, and come back.");
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return answer.json();
}

function take(answer) {
  if (lostSince !== null || answer.load === null || answer.number !== live?.number) series.clear();
  live = answer;
  series.take(live);
  lostSince = null;
  at("lost").hidden = true;
  document.body.classList.remove("is-lost");
}

function lose(error) {
  if (lostSince === null) announce("Connection lost.");
  lostSince ??= Date.now();
  const seconds = Math.round((Date.now() - lostSince) / 1000);
  const why = error.message.startsWith("Your login") ? error.message : "Is Locust still there? Trying again.";
  at("lost").textContent = `Connection lost ${elapsed(seconds)} ago. What you see is from before. ${why}`;
  at("lost").hidden = false;
  document.body.classList.add("is-lost");
  control.show(null);
}

function show() {
  document.body.dataset.state = live.state;
  at("nothing").hidden = live.state !== "idle";
  at("refused").hidden = live.error === "";
  at("refusal").textContent = live.error;
  at("figures").hidden = live.state === "idle" || live.error !== "";
  control.show(live.state);
  showBar();
  showVerdict();
  showCards();
  showTables();
  if (live.number !== shown.number || live.points.length || live.state !== "over") board.show(live, series);
  shown.number = live.number;
}

function showBar() {
  const { load } = live;
  const isWarming = live.state === "warming up";
  const words = { idle: "Idle", over: live.error ? "Not started" : "Over" };
  at("state").textContent = words[live.state] ?? live.state[0].toUpperCase() + live.state.slice(1);
  at("elapsed").textContent = isWarming ? countdown() : elapsed(live.elapsed);
  at("length").textContent = isWarming ? "" : load?.seconds ? `of ${elapsed(load.seconds)}` : load ? "until stopped" : "";
  at("waiting").hidden = !isWarming;
  at("waiting").textContent = `Warming up: ${measuredWhen(live)}.`;
  at("progress").value = load?.seconds ? Math.min(1, live.elapsed / load.seconds) : 0;
  at("progress").hidden = !load?.seconds;
  if (load) {
    at("scenario").textContent = load.scenario;
    at("identity").textContent =
      `consumer ${load.consumer} · seed ${load.seed} · ${load.shape}, ${rate(load.rate)} events/s at most`;
  }
  document.title = title();
}

// Rounded up, so that it never says none while some is left.
function countdown() {
  return live.begins_in ? `${elapsed(Math.ceil(live.begins_in))} left` : "";
}

function title() {
  const name = at("scenario").textContent;
  if (live.state === "running") return `${rate(newest("sent"))}/s · p99 ${figure(newest("p99"))} ms – ${name}`;
  return live.state === "over" ? `${verdictOf(live).word} – ${name}` : `${live.state} – ${name}`;
}

function showVerdict() {
  const { sign, word, kind, reasons } = verdictOf(live);
  at("verdict").dataset.verdict = kind;
  at("verdict-sign").textContent = sign;
  at("verdict-word").textContent = word;
  const list = at("reasons");
  if ([...list.children].map((one) => one.textContent).join("\n") !== reasons.join("\n"))
    list.replaceChildren(...reasons.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  // Told once for each state: figures that change each second would be told each second.
  announce(live.state === "over" ? `${word}. ${reasons.join(". ")}` : `${at("state").textContent}. ${word}`);
}

function announce(text) {
  if (at("announcement").textContent !== text) at("announcement").textContent = text;
}

function newest(column) {
  const place = board.newest();
  return place < 0 ? null : board.columns[column]?.[place];
}

function card(name, number, unit, sub, isBad = false) {
  const place = at(`card-${name}`);
  place.querySelector(".number").textContent = (isBad ? "▲ " : "") + number;
  place.querySelector(".unit").textContent = unit;
  place.querySelector(".sub").textContent = sub || "\u00a0";
  place.classList.toggle("bad", isBad);
}

function showCards() {
  const { delivery, latency_ms: latency, schedule_lag_ms: lag, now } = live;
  const isOver = live.state === "over";
  const sent = isOver ? live.achieved_per_second : newest("sent");
  const soFar = live.state === "warming up" ? "not measured yet" : `of ${rate(newest("due"))} due`;
  const asked = isOver ? `mean; ${share(live.achieved_share)} of what was due` : soFar;
  card("rate", rate(sent), "/s", asked, isOver && live.achieved_share < live.limits.achieved_share_min);
  card("p99", figure(latency.p99), "ms", `overall; p50\u00a0${figure(latency.p50)}, max\u00a0${figure(latency.max)}`);
  at("card-missing").querySelector("h2").textContent = isOver ? "Missing decisions" : "Awaited decisions";
  const seen = `${count(delivery.seen)} of ${count(delivery.expected)} seen`;
  card("missing", count(delivery.missing), "", delivery.missing === null ? "unknown" : seen, isOver && delivery.missing > 0);
  at("card-missing").title = delivery.missing === null ? UNKNOWABLE : "";
  card("late", count(live.late), "", live.load ? `after ${span(live.load.slo_ms)}; warm-up left out` : "", live.late > 0);
  card("lag", figure(now?.lag_seconds), "s", behind(now));
  card("schedule", figure(lag.p99), "ms", `overall; CPU ${share(now?.cpu_share)}`, lag.p99 > live.limits.lag_p99_ms_max);
}

function behind(now) {
  if (!now) return "";
  return live.shards.some((one) => one.answers_clock) ? `${count(now.lag_events)} events unread` : "it answers no ticks";
}

function showTables() {
  showShards(at("delivery"), live);
  showCounts(at("decisions"), live);
  showScore(at("score"), live);
  at("patients").textContent = live.patients === null ? "" : `of ${count(live.patients)} ${live.patients === 1 ? "patient" : "patients"}`;
  at("no-score").hidden = live.score.length > 0;
  at("score").hidden = live.score.length === 0;
  at("no-score").textContent =
    "No score yet. It comes every few seconds where workers send in processes of their own, else at the end.";
  const faults = live.load?.faults ?? [];
  at("faults").textContent = faults.length ? `${count(live.delivery.faults)} by ${faults.join("; ")}` : "none asked for";
  at("report").hidden = live.verdict === null;
  at("no-report").hidden = live.verdict !== null;
  showOutcome();
}

function showOutcome() {
  const key = live.steps.length ? live.number : -1;
  if (key === shown.drawn) return;
  shown.drawn = key;
  at("outcome").hidden = key < 0;
  showSteps(at("steps"), live);
  at("knee").hidden = live.knee === null;
  if (live.knee) {
    const { events_per_second: most, not_sustained: first, reason, limited_by: by } = live.knee;
    at("knee").textContent =
      `Sustained: ${rate(most)} events/s. Not sustained: ${rate(first)} events/s, limited by the ${by}: ${reason}.`;
  }
}

function useTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const follow = () => {
    at("theme").textContent = isDark() ? "Light" : "Dark";
    at("theme").setAttribute("aria-label", `Change to ${isDark() ? "light" : "dark"} colours`);
    board.remake();
    if (live) board.show(live, series);
  };
  at("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("pulsetrain.theme", root.dataset.theme);
    } catch {
      // Nothing is kept, and the choice holds until the page is closed.
    }
    follow();
  });
  system.addEventListener("change", follow);
  follow();
}

function useTools() {
  at("span").addEventListener("change", (event) => {
    board.spanSeconds = Number(event.target.value) || null;
    if (live) board.show(live, series);
  });
  at("log").addEventListener("change", (event) => {
    board.isLog = event.target.checked;
    board.remake();
    if (live) board.show(live, series);
  });
  document.addEventListener("visibilitychange", () => document.hidden || look());
}

useTheme();
useTools();
look();
