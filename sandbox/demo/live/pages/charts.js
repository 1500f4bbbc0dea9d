// The pictures: the arms, traffic, champions and drift, and the strip of time. Each draws what it is told, anew.

import { count, draw, frame, path, percent, scale, show, words } from "./drawing.js";

const size = (place) => [place.clientWidth || 600, place.clientHeight || 240];
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

const empty = (place, why) => {
  const [width, height] = size(place);
  show(place, width, height, why, [draw("text", { class: "nothing", x: width / 2, y: height / 2 }, why)]);
};

/** Each arm's metric so far with its interval, and what is true where that is asked for. */
export const drawArms = (place, arms, scene, truth) => {
  const shown = arms.arms.filter((arm) => arm.value);
  if (!shown.length) return empty(place, "Figures come once the first day has passed: press play, or +1 day.");
  const [width, height] = size(place);
  const known = shown.flatMap((arm) => {
    const settled = arm.value.length > 4 ? Math.floor(arm.value.length / 4) : 0;  // first days are too wide to scale by
    return [...arm.low.slice(settled), ...arm.high.slice(settled), ...arm.value, ...(truth ? arm.truth : [])];
  }).filter((value) => value !== null);
  const [low, high] = [Math.max(0, Math.min(...known)), Math.max(...known)];
  const pad = (high - low) * 0.06 || 0.01;
  const until = Math.max(arms.ends.at(-1), Math.min(arms.until, arms.since + 7 * 86400000));
  const named = shown.map((arm) => ({ name: arm.name, figure: percent(arm.value.findLast((value) => value !== null) ?? 0) }));
  const isNarrow = width < 32 * rem();  // there a figure stands below its name
  const longest = Math.max(...named.flatMap(({ name, figure }) => isNarrow ? [name.length, figure.length] : [name.length + 1 + figure.length]));
  const left = 3.4 * rem(), room = width - left - 10 - longest * 0.56 * rem();
  const right = Math.min(width - 1.4 * rem(), left + room * (until - arms.since) / (arms.ends.at(-1) - arms.since));
  const box = { left, right: Math.max(right, left + 4 * rem()), top: 0.6 * rem(), bottom: height - 1.9 * rem() };
  const { x, y, parts } = frame(box, arms.since, until, Math.max(0, low - pad), high + pad, scene.zone, (value) => percent(value, high < 0.05 ? 1 : 0));
  const within = (value) => Math.max(box.top, Math.min(box.bottom, y(value)));
  const labels = [];
  shown.forEach((arm, number) => {
    const tone = `of-${arms.arms.indexOf(arm)}`;
    const days = arms.ends.map((end, day) => day).filter((day) => arm.value[day] !== null);
    const at = (values) => days.filter((day) => values[day] !== null).map((day) => [x(arms.ends[day]), within(values[day])]);
    const low = at(arm.low), high = at(arm.high);
    if (low.length > 1) parts.push(draw("path", { class: `band ${tone}`, d: `${path(high)}${path(low.reverse()).replace("M", "L")}Z` }));
    const line = at(arm.value);
    parts.push(draw("path", { class: `line ${tone}`, d: path(line) }));
    if (truth) parts.push(draw("path", { class: `true ${tone}`, d: path(at(arm.truth)) }));
    const [endX, endY] = line.at(-1) ?? [box.right, box.bottom];
    parts.push(draw("circle", { class: `point ${tone}`, cx: endX, cy: endY, r: 4 }));
    labels.push({ tone, y: endY, ...named[number] });
  });
  labels.sort((one, other) => one.y - other.y);
  labels.forEach((label, at) => {
    if (at) label.y = Math.max(label.y, labels[at - 1].y + (isNarrow ? 2.4 : 1.3) * rem());
    const begins = x(arms.ends.at(-1)) + 10;
    const rows = isNarrow ? [draw("tspan", { x: begins }, label.name), draw("tspan", { x: begins, dy: "1.15em" }, label.figure)] : [`${label.name} ${label.figure}`];
    parts.push(draw("text", { class: `label ${label.tone}`, x: begins, y: label.y + 5 }, ...rows));
  });
  show(place, width, height, `${arms.metric} so far: ${labels.map((label) => `${label.name} ${label.figure}`).join(", ")}`, parts);
};

/** Events that happened and that arrived, by hour. */
export const drawTraffic = (place, now, scene) => {
  const { sent, arrived, from } = now.traffic;
  if (sent.length < 2) return empty(place, "Nothing has come yet.");
  const [width, height] = size(place);
  const box = { left: 3.2 * rem(), right: width - 0.6 * rem(), top: 0.5 * rem(), bottom: height - 1.9 * rem() };
  const hour = 3600000, to = from + sent.length * hour;
  const most = Math.max(...sent, ...arrived, 1);
  const { x, y, parts } = frame(box, from, to, 0, most * 1.05, scene.zone, count);
  for (const outage of now.outages) {
    const first = Math.max(x(outage.from), box.left), last = Math.min(x(outage.to), x(now.at));
    if (last > first) parts.push(draw("rect", { class: "outage", x: first, y: box.top, width: last - first, height: box.bottom - box.top }));
  }
  // The hour that goes on is drawn at the pace that it has so far.
  const part = Math.max((now.at - (to - hour)) / hour, 0.05);
  const points = (values) => values.map((value, at) => {
    const last = at === values.length - 1;
    return [last ? x(Math.min(now.at, to)) : x(from + (at + 0.5) * hour), y(last ? Math.min(value / part, most) : value)];
  });
  const came = points(arrived);
  parts.push(
    draw("path", { class: "arrived-area", d: `${path(came)}L${came.at(-1)[0]} ${box.bottom}L${came[0][0]} ${box.bottom}Z` }),
    draw("path", { class: "sent-line", d: path(points(sent)) }),
    draw("path", { class: "arrived-line", d: path(came) }),
  );
  show(place, width, height, `events an hour: ${count(sent.at(-1))} happened and ${count(arrived.at(-1))} arrived in the latest`, parts);
};

/** What champion and candidates hit, whenever one of them learnt. */
export const drawChampions = (place, story, scene) => {
  const judged = story.decisions.filter((each) => each.champion !== null);
  if (!judged.length) return empty(place, "No candidate has been judged yet.");
  const [width, height] = size(place);
  const box = { left: 3.2 * rem(), right: width - 1.2 * rem(), top: 0.8 * rem(), bottom: height - 1.9 * rem() };
  const known = judged.flatMap((each) => [each.champion, each.candidate]).filter((value) => value !== null);
  const pad = (Math.max(...known) - Math.min(...known)) * 0.25 || Math.max(...known) * 0.1 || 0.01;
  const [low, high] = [Math.max(0, Math.min(...known) - pad), Math.max(...known) + pad];
  const from = judged[0].at - 43200000, to = Math.max(judged.at(-1).at, judged[0].at + 5 * 86400000) + 43200000;
  const { x, y, parts } = frame(box, from, to, low, high, scene.zone, (value) => percent(value, high - low < 0.05 ? 1 : 0));
  for (const arm of new Set(judged.map((each) => each.arm))) {
    const some = judged.filter((each) => each.arm === arm);
    parts.push(draw("path", { class: "champion", d: path(some.map((each) => [x(each.at), y(each.champion)])) }));
    for (const each of some) {
      if (each.candidate === null) continue;
      const kind = each.what === "promoted" ? "star" : each.what === "rolled back" ? "fallen" : "candidate";
      const dot = draw("circle", { class: kind, cx: x(each.at), cy: y(each.candidate), r: each.what === "promoted" ? 6 : 4 });
      dot.append(draw("title", {}, `${words(scene.zone).moment(each.at)}: ${each.because || each.what}`));
      parts.push(dot);
    }
  }
  const promoted = judged.filter((each) => each.what === "promoted").length;
  show(place, width, height, `${promoted} of ${judged.length} candidates took the champion's place`, parts);
};

/** How far the data has moved from what the champions learnt from. */
export const drawDrift = (place, story, scene) => {
  if (!story.drift.length) return empty(place, "Known after a day or two.");
  const [width, height] = size(place);
  const box = { left: 2.4 * rem(), right: width - 0.6 * rem(), top: 0.6 * rem(), bottom: height - 1.9 * rem() };
  const high = Math.max(0.25, ...story.drift.map((each) => each.value)) * 1.1;
  const from = story.drift[0].at, to = Math.max(story.drift.at(-1).at, from + 3 * 86400000);
  const { x, y, parts } = frame(box, from, to, 0, high, scene.zone, (value) => value.toFixed(1));
  for (const [bar, name] of [[0.1, "it moves"], [0.2, "a lot"]]) {
    parts.push(draw("line", { class: "threshold", x1: box.left, x2: box.right, y1: y(bar), y2: y(bar) }));
    parts.push(draw("text", { class: "threshold-name", x: box.right, y: y(bar) - 5 }, name));
  }
  for (const arm of new Set(story.drift.map((each) => each.arm))) {
    const tone = `of-${Math.max(1, scene.arms.indexOf(arm))}`;
    const points = story.drift.filter((each) => each.arm === arm).map((each) => [x(each.at), y(each.value)]);
    parts.push(draw("path", { class: `line ${tone}`, d: path(points) }));
    parts.push(draw("circle", { class: `point ${tone}`, cx: points.at(-1)[0], cy: points.at(-1)[1], r: 4 }));
  }
  show(place, width, height, `population stability index, ${story.drift.at(-1).value.toFixed(2)} at last`, parts);
};

/** The whole clock: what was before, what has been, outages, promotions and what was caused. */
export const drawStrip = (place, now, story, scene) => {
  const [width, height] = [place.clientWidth || 900, place.clientHeight || 34];
  const x = scale(scene.start, scene.end, 0, width);
  const bar = { y: height * 0.34, height: height * 0.22 };
  const parts = [
    draw("rect", { class: "base", x: 0, width, rx: bar.height / 2, ...bar }),
    draw("rect", { class: "before", x: 0, width: x(scene.begins), rx: bar.height / 2, ...bar }),
    draw("rect", { class: "played", x: x(scene.begins), width: Math.max(0, x(now.at) - x(scene.begins)), ...bar }),
  ];
  for (const outage of now.outages) {
    parts.push(draw("rect", { class: "down", x: x(outage.from), y: bar.y, height: bar.height, width: Math.max(2, x(Math.min(outage.to, scene.end)) - x(outage.from)) }));
  }
  for (const stage of scene.ramp) {
    parts.push(draw("line", { class: "stage", x1: x(stage.at), x2: x(stage.at), y1: 2, y2: bar.y + bar.height + 4 }));
    parts.push(draw("text", { x: x(stage.at) + 4, y: 0.62 * rem() }, `${[...new Set(stage.shares)].map((share) => +(share * 100).toFixed(1)).join(" / ")} %`));
  }
  for (const each of story?.decisions ?? []) {
    if (each.what === "promoted") parts.push(draw("circle", { class: "promoted", cx: x(each.at), cy: height * 0.8, r: 2.6 }));
  }
  for (const each of story?.inputs ?? []) {
    const at = x(each.at), top = bar.y - 7;
    parts.push(draw("path", { class: "input", d: `M${at - 4} ${top}L${at + 4} ${top}L${at} ${top + 7}Z` }));
  }
  parts.push(draw("rect", { class: "head", x: x(now.at) - 1.5, y: bar.y - 5, width: 3, height: bar.height + 10, rx: 1.5 }));
  show(place, width, height, "the clock from its beginning to its end", parts);
};
