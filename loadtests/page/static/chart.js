// One chart, drawn by uPlot.

import { elapsed, tick } from "./format.js";
import { DASHES, element, legendEntry } from "./lines.js";

const HEIGHT = 176;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const LOWEST_LOG = 0.01; // milliseconds; a logarithm knows no zero

// Return the smallest round number that is not below a value.
function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= value * (1 - 1e-9)) * power;
}

export class Chart {
  constructor(about, place, board) {
    this.about = about;
    this.board = board;
    const caption = element("figcaption", "caption");
    const heading = element("h2", "", about.title);
    heading.append(" ", element("span", "faint", about.unit));
    const legend = element("p", "legend");
    this.keys = about.lines.map(legendEntry);
    legend.append(...this.keys.map((key) => key.entry));
    caption.append(heading, legend);
    this.plotted = element("div", "plotted");
    this.plotted.setAttribute("aria-hidden", "true");
    const whole = element("figure", "chart");
    whole.append(caption, this.plotted);
    place.append(whole);
    new ResizeObserver(() => this.resize()).observe(this.plotted);
  }

  get isLog() {
    return Boolean(this.about.mayBeLog) && this.board.isLog;
  }

  // Return a colour of the style sheet as the canvas needs it.
  ink(place) {
    return getComputedStyle(this.keys[place].entry).color;
  }

  make() {
    this.plot?.destroy();
    this.plot = new globalThis.uPlot(this.options(), [[], ...this.about.lines.map(() => [])], this.plotted);
  }

  options() {
    const axis = (more) => ({
      stroke: () => this.board.ink("faint"),
      grid: { stroke: () => this.board.ink("grid"), width: 1 },
      ticks: { show: false },
      font: "11px system-ui, sans-serif",
      ...more,
    });
    return {
      width: this.plotted.clientWidth || 300,
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: "load" }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: false, range: () => this.board.range() },
        y: { distr: this.isLog ? 3 : 1, range: (_, least, most) => this.range(least, most) },
      },
      axes: [
        axis({ incrs: STEPS, space: 56, size: 24, values: (_, splits) => splits.map(elapsed) }),
        axis({ size: 46, space: 30, values: (_, splits) => splits.map(tick), ...this.decades() }),
      ],
      series: [{}, ...this.about.lines.map((line, place) => this.lineOptions(line, place))],
      hooks: { draw: [() => this.drawMarks()], setCursor: [(plot) => this.board.point(plot)] },
    };
  }

  // Of a logarithmic axis only the powers of ten are drawn; more lines than that hide the data.
  decades() {
    const filter = (_, splits) => splits.map((one) => (Number.isInteger(Math.log10(one)) ? one : null));
    return this.isLog ? { filter, grid: { stroke: () => this.board.ink("grid"), width: 1, filter } } : {};
  }

  lineOptions(line, place) {
    return {
      stroke: () => this.ink(place),
      width: line.dash === "solid" ? 1.8 : 1.4,
      dash: DASHES[line.dash],
      points: { show: (_, __, from, to) => to - from < 2, size: 5 },
    };
  }

  range(least, most) {
    const limit = this.limit();
    if (!this.isLog) return [0, roundUp(Math.max(1.05 * (most ?? 0), this.about.isLimitShown ? 1.2 * (limit ?? 0) : 0))];
    const top = Math.max(most ?? 0, limit ?? 0, 10);
    return [
      10 ** Math.floor(Math.log10(Math.max(least ?? 1, LOWEST_LOG))),
      10 ** Math.ceil(Math.log10(top * (1 + 1e-9))),
    ];
  }

  limit() {
    return this.about.limit?.(this.board.live)?.value;
  }

  resize() {
    const width = this.plotted.clientWidth;
    if (this.plot && width && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
  }

  show(columns) {
    if (!this.plot) this.make();
    const lift = this.isLog ? (value) => (value === null ? null : Math.max(value, LOWEST_LOG)) : (value) => value;
    this.plot.setData([columns.x, ...this.about.lines.map((line) => columns[line.column].map(lift))]);
  }

  // Write the values of a second into the legend.
  write(columns, place) {
    this.about.lines.forEach((line, number) => {
      this.keys[number].value.textContent = this.about.write(columns[line.column]?.[place]);
    });
  }

  drawMarks() {
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const start of this.board.starts()) this.drawLine(this.plot.valToPos(start, "x", true), null, "grid", "");
    const limit = this.about.limit?.(this.board.live);
    if (limit) this.drawLine(null, this.plot.valToPos(limit.value, "y", true), "limit", limit.name);
    ctx.restore();
  }

  drawLine(x, y, ink, name) {
    const { ctx, bbox } = this.plot;
    ctx.strokeStyle = ctx.fillStyle = this.board.ink(ink);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6, 4].map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(x ?? bbox.left, y ?? bbox.top);
    ctx.lineTo(x ?? bbox.left + bbox.width, y ?? bbox.top + bbox.height);
    ctx.stroke();
    if (!name) return;
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    ctx.fillText(name, bbox.left + bbox.width - 4 * devicePixelRatio, y - 2 * devicePixelRatio);
  }
}
