// Small tools to draw with: elements, scales, ticks, and how moments and figures are written.

const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes and children; a child that is no node is text. */
export const draw = (name, attributes = {}, ...children) => {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** An HTML element, in the same way. */
export const make = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** Put a picture in the place of the one before; `told` is what a screen reader says of it. */
export const show = (place, width, height, told, parts) => {
  place.replaceChildren(draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": told }, ...parts));
};

export const scale = (from, to, first, last) => (value) => first + ((value - from) / (to - from || 1)) * (last - first);

/** Round figures between two ends, about so many. */
export const ticks = (low, high, about) => {
  const raw = (high - low) / about || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((each) => each * power >= raw) * power;
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-6; value += step) found.push(value);
  return found;
};

/** Midnights of the scenario's zone between two moments, about so many. */
export const midnights = (from, to, about, zone) => {
  const day = 86400000;
  const every = Math.max(1, Math.ceil((to - from) / day / about));
  const found = [];
  for (let at = from; at <= to + day; at += day) {
    const clock = new Date(new Date(at).toLocaleString("en-US", { timeZone: zone }));
    const back = clock.getHours() * 3600000 + clock.getMinutes() * 60000 + clock.getSeconds() * 1000;
    const midnight = Math.round((at - back) / 60000) * 60000;
    if (midnight >= from && midnight <= to && found.at(-1) !== midnight) found.push(midnight);
  }
  return found.filter((_, number) => number % every === 0);
};

export const path = (points) => points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

const writers = new Map();
const writer = (zone, options) => {
  const key = zone + JSON.stringify(options);
  if (!writers.has(key)) writers.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return writers.get(key);
};

export const words = (zone) => ({
  day: (at) => writer(zone, { day: "numeric", month: "short" }).format(at),
  clock: (at) => writer(zone, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(at),
  moment: (at) => writer(zone, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(at),
  hour: (at) => writer(zone, { hour: "2-digit", minute: "2-digit" }).format(at),
});

export const count = (value) => Math.round(value).toLocaleString("en-GB");

export const percent = (value, digits = 2) => `${(value * 100).toFixed(digits)} %`;

/** A length of time in seconds, short: `4 min`. */
export const length = (seconds) => {
  if (seconds < 1) return "a second";
  for (const [unit, name] of [[86400, "days"], [3600, "h"], [60, "min"]]) {
    if (seconds >= 2 * unit) return `${Math.round(seconds / unit)} ${name}`;
  }
  return `${Math.round(seconds)} s`;
};

/** The scales of a picture of days, with its grid and what stands at it; `written` writes the values. */
export const frame = (box, from, to, low, high, zone, written) => {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const x = scale(from, to, box.left, box.right);
  const y = scale(low, high, box.bottom, box.top);
  const parts = ticks(low, high, 4).flatMap((value) => [
    draw("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }),
    draw("text", { class: "tick", x: box.left - 8, y: y(value) + 4, "text-anchor": "end" }, written(value)),
  ]);
  const about = Math.max(2, Math.floor((box.right - box.left) / (4.6 * rem)));
  for (const at of midnights(from, to, about, zone)) {
    parts.push(draw("text", { class: "tick", x: x(at), y: box.bottom + 1.3 * rem, "text-anchor": "middle" }, words(zone).day(at)));
  }
  return { x, y, parts };
};
