// All the charts together: they share their time axis, their cursor and their colours.

import { Chart } from "./chart.js";
import { clock, elapsed } from "./format.js";
import { CHARTS, element } from "./lines.js";

const DRAIN_STEP = 15; // seconds

export class Board {
  constructor(place, instant) {
    this.live = { ended: null };
    this.isLog = true;
    this.spanSeconds = null;
    this.columns = { x: [] };
    this.first = 0;
    this.pointed = null;
    this.instant = instant;
    this.inks = new Map();
    this.place = place;
    this.charts = CHARTS.map((about) => new Chart(about, place, this));
  }

  ink(name) {
    if (!this.inks.has(name)) {
      const probe = element("span", `ink-${name}`);
      this.place.append(probe);
      this.inks.set(name, getComputedStyle(probe).color);
      probe.remove();
    }
    return this.inks.get(name);
  }

  // Return from when to when is shown, in seconds of the load; it grows by steps, so that nothing jitters.
  range() {
    const newest = this.columns.x.at(-1) ?? 0;
    if (this.spanSeconds) return [Math.max(0, newest - this.spanSeconds), Math.max(newest, this.spanSeconds)];
    const asked = Math.ceil(this.live.load?.seconds ?? 0);
    if (this.live.state === "over") return [0, Math.max(asked, newest + 1)];
    if (asked && newest >= asked) return [0, asked + DRAIN_STEP * Math.ceil((newest + 1 - asked) / DRAIN_STEP)];
    const stop = [60, 120, 300, 600, 900, 1800].find((one) => one > newest) ?? 1800 * Math.ceil((newest + 1) / 1800);
    return [0, asked ? Math.min(stop, asked) : stop];
  }

  // Return where the parts of the shape begin, and where the load ended.
  starts() {
    const parts = (this.live.parts ?? []).slice(1).map(([, start]) => start);
    return this.live.ended ? [...parts, this.live.ended - this.first] : parts;
  }

  show(live, series) {
    this.live = live;
    this.first = series.first;
    this.columns = series.columns();
    for (const chart of this.charts) chart.show(this.columns);
    this.write();
  }

  // Take in where the pointer is, whichever chart it is over.
  point(plot) {
    this.pointed = plot.cursor.idx ?? null;
    this.write();
  }

  write() {
    const place = this.pointed ?? this.newest();
    for (const chart of this.charts) chart.write(this.columns, place);
    const second = this.columns.x[place];
    const words = this.pointed === null ? "the newest second" : "the second under the pointer";
    this.instant.textContent =
      second === undefined ? words : `${words}: ${elapsed(second)}, at ${clock(this.first + second)}`;
  }

  // Return the place of the newest whole second of the load itself, or -1.
  newest() {
    const end = this.live.ended === null ? Infinity : Math.floor(this.live.ended) - this.first;
    const place = this.columns.x.findLastIndex((second) => second < end);
    return this.columns.sent?.[place] === null ? -1 : place;
  }

  remake() {
    this.inks.clear();
    for (const chart of this.charts) chart.make();
  }
}
