// What is told in words and HTML: the way of an event, the funnel, what happened, and the sentences that cause things.

import { count, length, make, percent, words } from "./drawing.js";

const ICONS = {
  website: "M4 5h16v12H4zM4 9h16M9 21h6M12 17v4",
  stage: "M5 7h14v4H5zM5 13h14v4H5zM8 9h.01M8 15h.01",
  lake: "M5 7c0-4 14-4 14 0v10c0 4-14 4-14 0zM5 7c0 4 14 4 14 0M5 12c0 4 14 4 14 0",
};

const icon = (name) => {
  const made = document.createElement("span");
  made.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
  return made.firstChild;
};

const stop = (name, kind) => make("li", { class: "stop" },
  make("span", { class: "link", "aria-hidden": "true" }), make("span", { class: "dot", "aria-hidden": "true" }, icon(kind)),
  make("div", { class: "name" }, name), make("div", { class: "told" }), make("div", { class: "pile", "aria-hidden": "true" }, make("i")), make("div", { class: "waits" }));

/** Build the chain once. */
export const buildWay = (place, scene) => {
  const stages = scene.stages.map((name) => stop(name, "stage"));
  place.replaceChildren(make("ol", { class: "stages" }, stop("website", "website"), ...stages, stop("lake", "lake")));
};

/** Where events are, how many wait where, and what stands still. */
export const tellWay = (place, told, now, scene) => {
  const stops = [...place.querySelectorAll(".stop")];
  if (!stops.length) return;
  const { moment } = words(scene.zone);
  const most = Math.max(60, ...now.stages.map((stage) => stage.waiting));
  const latest = now.traffic.sent.at(-1) ?? 0;
  stops[0].querySelector(".told").textContent = `${count(latest)} this hour`;
  now.stages.forEach((stage, at) => {
    const element = stops[at + 1];
    element.classList.toggle("down", stage.until !== null);
    element.classList.toggle("full", stage.until === null && stage.waiting > 200);
    const waits = stage.waiting ? `${count(stage.waiting)} waiting` : "";
    element.querySelector(".told").textContent = stage.until ? `down until ${moment(stage.until)}` : stage.waiting > 200 ? "behind" : "in time";
    element.querySelector(".waits").textContent = waits;
    element.querySelector(".pile i").style.width = `${(100 * stage.waiting) / most}%`;
  });
  place.classList.toggle("still", !now.running);
  const fresh = now.fresh_s === null || now.fresh_s === undefined ? "" : `newest row ${length(now.fresh_s)} old`;
  stops.at(-1).querySelector(".told").textContent = fresh;
  const lag = now.lag ?? {};
  const down = now.stages.filter((stage) => stage.until !== null);
  const late = "50%" in lag ? `Half of the rows take under ${length(lag["50%"])}, nineteen in twenty under ${length(lag["95%"])}.` : "";
  told.textContent = down.length ? `The ${down.map((stage) => stage.name).join(" and ")} is down; what happens meanwhile waits before it.` : late;
};

/** How far visits come, by what arrived in the last day. */
export const tellFunnel = (place, now, scene) => {
  const most = Math.max(1, ...now.funnel.map(([, rows]) => rows));
  if (place.childElementCount !== 1) {
    place.replaceChildren(make("ol", { class: "steps" }, ...now.funnel.map(([kind]) =>
      make("li", kind === scene.goal ? { class: "goal" } : {}, make("span", {}, kind.replaceAll("_", " "), make("small")), make("span", { class: "count" }), make("span", { class: "bar" }, make("i"))))));
  }
  [...place.firstChild.children].forEach((row, at) => {
    const [, rows] = now.funnel[at];
    row.querySelector(".count").textContent = count(rows);
    row.querySelector("i").style.width = `${(100 * rows) / most}%`;
    row.querySelector("small").textContent = at && now.funnel[0][1] ? `  ${percent(rows / now.funnel[0][1], 1)}` : "";
  });
};

const SAID = {
  first: ["", "learnt for the first time"], promoted: ["promoted", "has a new champion"], kept: ["", "keeps its champion"],
  "rolled back": ["bad", "went back to the champion before"], failed: ["bad", "could not learn"], "given up": ["bad", "gave up learning"],
  stopped: ["bad", "was stopped"], share: ["cause-by-hand", "has another share"],
};

const CAUSED = {
  break: (each) => `The ${each.of || "connector"} broke for ${length(each.hours * 3600)}`,
  campaign: (each) => `A campaign began: ${each.size} times the visits for ${length(each.hours * 3600)}`,
  poison: (each, scene) => `${each.of || scene.item} was poisoned: ${percent(each.size, 0)} empty for ${length(each.hours * 3600)}`,
  share: (each, scene) => `${each.of || (scene.arms.length > 2 ? "Each model" : "The model")} was given ${percent(each.size, 0)} of the traffic`,
  retrain: () => "Somebody asked for a retraining",
  "roll back": () => "Somebody rolled back",
  "fall ill": (each) => `A reviewer fell ill for ${length(each.hours * 3600)}`,
  "help out": (each) => `Somebody helped out with reviews for ${length(each.hours * 3600)}`,
};

/** What happened, the latest first. */
export const tellStory = (place, story, scene) => {
  const { moment } = words(scene.zone);
  const decided = story.decisions.map((each) => ({ at: each.at, kind: SAID[each.what]?.[0] ?? "", text: `${each.arm} ${SAID[each.what]?.[1] ?? each.what}`, why: each.because }));
  const caused = story.inputs.map((each) => ({ at: each.at, kind: "cause-by-hand", text: CAUSED[each.what](each, scene), why: "" }));
  const all = [...decided, ...caused].sort((one, other) => other.at - one.at).slice(0, 80);
  place.replaceChildren(...all.map((each) => make("li", { class: each.kind }, make("time", {}, moment(each.at)), make("span", {}, each.text, ...(each.why ? [make("small", {}, each.why)] : [])))));
  if (!all.length) place.replaceChildren(make("p", { class: "none" }, "Nothing yet. Press play."));
};

const choice = (name, label, options, usual) => {
  const made = make("select", { name, "aria-label": label }, ...options.map(([value, text]) => make("option", { value }, text)));
  made.value = usual;
  return made;
};

const HOURS = [["1", "an hour"], ["6", "six hours"], ["24", "a day"], ["48", "two days"], ["168", "a week"]];

/** A sentence whose full stop stays on the line of the word before it. */
const closed = (said) => said.at(-1) === "." ? [...said.slice(0, -2), make("span", { class: "whole" }, ...said.slice(-2))] : said;

/** The sentences, each with its button; `ask` sends what one says. */
export const buildCauses = (place, scene, ask) => {
  const rows = [];
  const row = (what, kind, said, button, told) => {
    const pressed = make("button", { type: "button", "data-do": what }, button);
    const element = make("div", { class: `cause ${kind}` }, make("span", { class: "said" }, ...closed(said)), pressed);
    pressed.addEventListener("click", async () => {
      const chosen = Object.fromEntries([...element.querySelectorAll("select")].map((each) => [each.name, each.name === "of" ? each.value : Number(each.value)]));
      pressed.disabled = true;
      await ask({ do: what, ...chosen }, told);
      pressed.disabled = false;
    });
    rows.push(element);
  };
  if (scene.stages.length) {
    const usual = scene.stages.includes("connector") ? "connector" : scene.stages.at(-2) ?? scene.stages[0];
    row("break", "bad", ["The ", choice("of", "Which stage", scene.stages.map((name) => [name, name]), usual), " fails for ", choice("hours", "For how long", HOURS, "24"), "."], "Break it", "It is down.");
  }
  const columns = [...new Set([scene.item, ...scene.columns])];
  row("poison", "bad", [choice("size", "How much", [["0.1", "A tenth"], ["0.5", "Half"], ["1", "All"]], "0.5"), " of ", choice("of", "Which column", columns.map((name) => [name, name]), scene.item), " comes empty for ", choice("hours", "For how long", HOURS, "48"), "."], "Poison it", "The feed is poisoned.");
  row("campaign", "", ["A campaign brings ", choice("size", "How many", [["1.5", "half as many more"], ["2", "twice the"], ["5", "five times the"]], "2"), " visits for ", choice("hours", "For how long", HOURS, "48"), "."], "Start it", "The campaign is on.");
  const arms = scene.arms.slice(1);
  const given = arms.length > 1 ? choice("of", "Which arm", [["", "Each model"], ...arms.map((name) => [name, name])], "") : "The model";
  row("share", "", [given, " gets ", choice("size", "How much of the traffic", [["0.01", "1 %"], ["0.05", "5 %"], ["0.1", "10 %"], ["0.25", "25 %"], ["0.45", "45 %"]], "0.25"), " of the traffic."], "Give it", "The shares are others from now on; figures begin anew.");
  row("retrain", "", ["The model learns anew from all that has arrived."], "Retrain now", "A candidate has learnt.");
  row("roll back", "", ["The champion before serves again."], "Roll back", "The champion before serves again.");
  if (scene.reviews.length) {
    const whose = scene.reviews.length === 1 ? [] : [" of ", choice("of", "Of which model", scene.reviews.map((each) => [each.model, each.model]), scene.reviews[0].model)];
    row("fall ill", "bad", ["A reviewer", ...whose, " falls ill for ", choice("hours", "For how long", HOURS, "48"), "."], "Send home", "A reviewer is ill.");
    row("help out", "", ["One more person", ...whose.map((each) => (each.cloneNode ? each.cloneNode(true) : each)), " reviews for ", choice("hours", "For how long", HOURS, "48"), "."], "Call in", "Somebody helps out.");
  }
  place.replaceChildren(...rows);
};
