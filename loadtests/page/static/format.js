// Numbers as people read them, always in the same places and never wider than they must be.

export const NOTHING = "–";
export const UNKNOWABLE = "of an external consumer nobody knows what must follow";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const is = (value) => value !== null && value !== undefined && Number.isFinite(value);

export function count(value) {
  return is(value) ? whole.format(value) : NOTHING;
}

// A count that is null where nobody can know it.
export function known(value) {
  return value === null ? "unknown" : count(value);
}

// Three digits that tell something: 0.42, 4.20, 42.0, 420, 4,200.
export function figure(value) {
  if (!is(value)) return NOTHING;
  const size = Math.abs(value);
  if (size >= 99.95) return whole.format(value);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}

export function rate(value) {
  if (!is(value)) return NOTHING;
  return Math.abs(value) < 10 && !Number.isInteger(value) ? figure(value) : whole.format(value);
}

export function share(value) {
  return is(value) ? `${(100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %` : NOTHING;
}

export function score(value) {
  if (!is(value)) return NOTHING;
  if (Number.isInteger(value)) return whole.format(value);
  if (Math.abs(value) < 0.001) return value.toPrecision(2);
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1);
}

export function tick(value) {
  if (!is(value)) return "";
  return Math.abs(value) < 1 ? String(Number(value.toPrecision(2))) : compact.format(value).replace("K", "k");
}

// So many seconds as 1:02:03, or 2:03 where there are no hours.
export function elapsed(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
}

export function clock(epochSeconds) {
  return new Date(epochSeconds * 1000).toLocaleTimeString("en-GB");
}

export function span(milliseconds) {
  return milliseconds >= 1000 ? `${figure(milliseconds / 1000).replace(/\.?0+$/, "")} s` : `${milliseconds} ms`;
}
