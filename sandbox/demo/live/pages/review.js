// The review queue: who waits, who is at work, and what became of those who waited.

import { count, draw, frame, length, make, path, percent, show, words } from "./drawing.js";

const PERSON = "M12 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8zM4.5 20c.6-4 3.6-6 7.5-6s6.9 2 7.5 6z";
const MOST_DRAWN = 12;

const person = (kind) => {
  const made = make("span", { class: `person ${kind}`, "aria-hidden": "true" });
  made.append(draw("svg", { viewBox: "0 0 24 24" }, draw("path", { d: PERSON })));
  return made;
};

const figure = (name, of) => make("div", {}, make("dt", {}, name), make("dd", { "data-of": of }, "–"), make("small", { "data-about": of }));

/** Build a desk for each model that has reviewers, once. */
export const buildReview = (place, scene) => {
  place.replaceChildren(...scene.reviews.map((each) => make("div", { class: "desk" },
    make("div", { class: "facts" },
      make("p", { class: "about" }, make("b", {}, each.model), `: ${each.about}`),
      make("dl", {}, figure("Waiting", "waiting"), figure("Decided by a person", "by_people"), figure("Out of time", "given_up"), figure("By the model alone", "alone")),
      make("div", { class: "people" }, make("span", { class: "seats" }), make("span", { class: "said", role: "status" }))),
    make("div", { class: "chart" }),
    make("ol", { class: "latest", "aria-label": "Decided last" }))));
};

/** How each desk stands now. */
export const tellReview = (place, now, scene) => {
  now.reviews.forEach((told, at) => {
    const desk = place.children[at], terms = scene.reviews[at];
    const chart = desk.querySelector(".chart"), latest = desk.querySelector(".latest");
    desk.classList.toggle("unlearnt", !told.team);
    if (!told.team) {
      desk.querySelector(".said").textContent = unlearnt(told, now, scene);
      return;
    }
    const tell = (of, value, about = "") => {
      desk.querySelector(`[data-of="${of}"]`).textContent = count(value);
      desk.querySelector(`[data-about="${of}"]`).textContent = about;
    };
    const asked = told.by_people + told.given_up;
    tell("waiting", told.waiting, told.waiting ? `the oldest ${length(told.oldest_s)}` : "nobody");
    tell("by_people", told.by_people, told.under_review ? `${count(told.under_review)} begun` : "");
    desk.classList.toggle("overrun", told.given_up > 0);
    tell("given_up", told.given_up, asked ? `${percent(told.given_up / asked, 0)} after ${length(terms.within_s)}` : "");
    tell("alone", told.alone, `not from ${percent(terms.band[0], 0)} to ${percent(terms.band[1], 0)}`);
    tellPeople(desk, told, scene);
    drawWaiting(chart, told.hours, now, scene);
    latest.replaceChildren(...told.latest.map((each) => make("li", { class: each.by_person ? "" : "late" },
      make("time", {}, words(scene.zone).moment(each.at)),
      make("span", {}, `${terms.of.replace(/s$/, "")} ${each.id}, ${percent(each.score, 1)}`,
        make("small", {}, each.by_person ? `a person decided, ${each.waited_s < 1 ? "at once" : `after ${length(each.waited_s)}`}` : `ran out of time after ${length(each.waited_s)}`)))));
    if (!told.latest.length) latest.replaceChildren(make("li", { class: "none" }, "Nobody has been decided on yet."));
  });
};

const unlearnt = (told, now, scene) => {
  if (told.failure) return `It could not learn, and tries again tomorrow: ${told.failure}`;
  if (told.learns > now.at) return `It learns when the first of its labels are known, on ${words(scene.zone).day(told.learns)}.`;
  return "It learns from what has arrived; its decisions come in as time goes on.";
};

const tellPeople = (desk, told, scene) => {
  const { team } = told, { moment } = words(scene.zone);
  const busy = Math.min(told.under_review, team.there);
  const kinds = [...Array(busy).fill("busy"), ...Array(team.there - busy).fill("free"), ...Array(team.all - team.there).fill("home"), ...Array(team.ill).fill("ill")];
  desk.querySelector(".seats").replaceChildren(...kinds.slice(0, MOST_DRAWN).map(person), kinds.length > MOST_DRAWN ? `+${kinds.length - MOST_DRAWN}` : "");
  const there = team.open ? `${team.there} at work, ${busy} busy` : `all at home until ${moment(team.changes)}`;
  const parts = [there, team.ill ? `${team.ill} ill` : "", team.helpers ? `${team.helpers} helping out` : ""];
  desk.querySelector(".said").textContent = parts.filter(Boolean).join("; ");
};

/** How many waited at the end of each hour, and how many ran out of time in it. */
const drawWaiting = (place, hours, now, scene) => {
  const [width, height] = [place.clientWidth || 480, place.clientHeight || 200];
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const box = { left: 2.8 * rem, right: width - 0.6 * rem, top: 0.5 * rem, bottom: height - 1.9 * rem };
  const from = hours.at[0], to = Math.max(hours.at.at(-1), from + 86400000);
  const most = Math.max(...hours.waiting, ...hours.given_up, 4);
  const { x, y, parts } = frame(box, from, to, 0, most * 1.08, scene.zone, count);
  for (const [begin, end] of hours.closed) parts.unshift(draw("rect", { class: "closed", x: x(begin), width: Math.max(0, x(end) - x(begin)), y: box.top, height: box.bottom - box.top }));
  const line = hours.waiting.map((value, at) => [x(hours.at[at]), y(value)]);
  parts.push(draw("path", { class: "waiting-area", d: `${path(line)}L${line.at(-1)[0]} ${box.bottom}L${line[0][0]} ${box.bottom}Z` }), draw("path", { class: "waiting-line", d: path(line) }));
  hours.given_up.forEach((value, at) => {
    if (value) parts.push(draw("line", { class: "given-up", x1: x(hours.at[at + 1]), x2: x(hours.at[at + 1]), y1: box.bottom, y2: y(value) }));
  });
  parts.push(draw("circle", { class: "point of-1", cx: line.at(-1)[0], cy: line.at(-1)[1], r: 4 }));
  show(place, width, height, `${count(hours.waiting.at(-1))} wait now; ${count(hours.given_up.reduce((sum, each) => sum + each, 0))} ran out of time in the last week`, parts);
};
