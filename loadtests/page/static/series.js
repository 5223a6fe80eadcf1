// The points of a load as they came, put together into columns for the charts.

// What is counted in a second, and so is a rate.
const RATES = ["asked", "due", "sent", "acknowledged", "expected", "seen", "late"];

export class Series {
  #points = new Map();
  #places = {};
  #began = null;
  #ended = null;

  clear() {
    this.#points.clear();
  }

  // Take in an answer; a second that changed overwrites what was known of it.
  take(live) {
    live.columns.forEach((name, place) => (this.#places[name] = place));
    for (const point of live.points) this.#points.set(point[0], point);
    this.#began = live.began;
    this.#ended = live.ended;
  }

  get isEmpty() {
    return this.#points.size === 0;
  }

  // Return the second since the epoch in which the load began.
  get first() {
    return Math.floor(this.#began ?? 0);
  }

  // Return columns by name, one entry for each second; `x` counts seconds since the load began.
  columns() {
    const points = [...this.#points.values()].sort((one, other) => one[0] - other[0]);
    const columns = { x: points.map((point) => point[0] - this.first) };
    for (const [name, place] of Object.entries(this.#places)) columns[name] = points.map((point) => point[place]);
    for (const name of RATES) columns[name] = points.map((point) => this.#rate(point, point[this.#places[name]]));
    return columns;
  }

  // Of a second in which a load begins or ends a count makes no rate; after its end nothing more is due.
  #rate(point, value) {
    const second = point[0];
    const isBroken = [this.#began, this.#ended].some((edge) => edge > second && edge < second + 1);
    return isBroken || (second >= (this.#ended ?? Infinity) && !value) ? null : value;
  }
}
