// The verdict as it comes: a word, a sign beside the colour, and the reasons.

import { NOTHING } from "./format.js";

const SIGNS = { pass: "✓", fail: "✕", invalid: "▲", inconclusive: "?" };

export function verdictOf(live) {
  if (live.error) return { word: "Not started", sign: "▲", kind: "invalid", reasons: [live.error] };
  if (live.verdict) {
    const reasons = live.reasons.length ? live.reasons : ["nothing speaks against it"];
    return { word: capital(live.verdict), sign: SIGNS[live.verdict], kind: live.verdict, reasons };
  }
  if (live.state === "running" || live.state === "draining") return soFar(live);
  if (live.state === "warming up") return { word: "Warming up", sign: "", kind: "", reasons: readiness(live) };
  return { word: NOTHING, sign: "", kind: "", reasons: [] };
}

function soFar(live) {
  const waiting = [live.state === "draining" ? "what was sent is still awaited" : "the verdict comes at the end"];
  if (live.concerns.length === 0) return { word: "Good so far", sign: "✓", kind: "good", reasons: waiting };
  return { word: "Trouble so far", sign: "▲", kind: "trouble", reasons: [...live.concerns, ...waiting] };
}

function readiness(live) {
  const ready = live.shards.filter((one) => one.is_ready).length;
  const workers = live.shards.length ? [`${ready} of ${live.shards.length} workers ready`] : [];
  return [...workers, measuredWhen(live)];
}

// Say from when on what is sent is measured.
export function measuredWhen({ begins_in: left, shards }) {
  if (left === null)
    return shards.some((one) => one.is_ready) ? "the first events are on their way" : "the consumer is asked whether it listens";
  if (left === 0) return "measuring begins as soon as the consumer has caught up";
  return `what is measured begins in ${Math.ceil(left)} s`;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
