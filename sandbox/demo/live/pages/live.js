// The live page: it follows the news, draws them, and asks for what its buttons say. Nothing comes from anywhere else.

import { drawArms, drawChampions, drawDrift, drawStrip, drawTraffic } from "./charts.js";
import { count, length, make, percent, words } from "./drawing.js";
import { buildCauses, buildWay, tellFunnel, tellStory, tellWay } from "./panels.js";
import { buildReview, tellReview } from "./review.js";

const $ = (id) => document.getElementById(id);
const SPEEDS = [1, 60, 600, 3600, 10000];
const news = { scene: null, now: null, arms: null, story: null };
let heardAt = 0;
let connected = true;

// What is new is drawn once a frame of the screen, however much of it comes.
const stale = new Set();
const redraw = (...parts) => {
  if (!stale.size) requestAnimationFrame(paint);
  for (const part of parts) stale.add(part);
};

const paint = () => {
  const parts = new Set(stale);
  stale.clear();
  const { scene, now, arms, story } = news;
  if (!scene || !now) return;
  if (parts.has("now")) {
    tellPace(now, scene);
    tellWay($("way"), $("way-told"), now, scene);
    tellFunnel($("funnel"), now, scene);
    tellReview($("review"), now, scene);
    drawTraffic($("traffic-chart"), now, scene);
    drawStrip($("strip"), now, story, scene);
  }
  if (parts.has("arms") && arms) {
    drawArms($("arms-chart"), arms, scene, $("truth").checked);
    $("arms-keys").hidden = !arms.arms.some((arm) => arm.value);
    $("interval-key").textContent = `${percent(1 - scene.alpha, 0)} interval`;
    $("truth-key").hidden = !$("truth").checked;
    $("arms-told").replaceChildren(...reading(arms));
  }
  if (parts.has("story") && story) {
    drawChampions($("champions-chart"), story, scene);
    drawDrift($("drift-chart"), story, scene);
    tellStory($("story"), story, scene);
    tellChampions(story);
  }
};

const tellPace = (now, scene) => {
  const going = now.running && !now.over;
  $("play").setAttribute("aria-pressed", String(going));
  $("play").setAttribute("aria-label", going ? "Pause" : "Play");
  $("play").classList.toggle("first", now.at === scene.begins && !now.running && !now.failure);
  $("play").disabled = now.over || Boolean(now.failure);
  for (const button of $("speeds").children) {
    const chosen = Number(button.dataset.speed) === now.speed;
    button.setAttribute("aria-checked", String(chosen));
    button.tabIndex = chosen ? 0 : -1;
  }
  const day = Math.floor((now.at - scene.start) / 86400000) + 1;
  const told = now.over ? `the end of ${scene.days} days` : `day ${Math.min(day, scene.days)} of ${scene.days}`;
  $("day").replaceChildren(told, make("span", { class: "zone" }, now.over ? "" : `, ${scene.zone}`));
  const [pace, rows] = now.achieved;
  const parts = [];
  if (now.failure) parts.push(make("span", { class: "lost" }, now.failure));
  else if (!connected) parts.push(make("span", { class: "lost" }, "The line is cut; trying again."));
  else if (now.jump) parts.push(`jumping to ${words(scene.zone).moment(now.jump)}`);
  else if (going) parts.push(make("b", {}, count(rows)), " events a second", pace < now.speed * 0.8 && pace > 0 ? `, as fast as it goes: ${count(pace)}×` : "");
  else parts.push(now.over ? "over" : "standing still; press play to let time go");
  parts.push(make("span", { class: "rows" }, make("br"), `${count(now.rows)} rows so far, ${count(scene.customers)} customers`));
  $("rate").replaceChildren(...parts);
};

/** The time between two news is told as it goes by, ten times a second: more often nobody can read it. */
let ticked = 0;
const tick = (at) => {
  const { now, scene } = news;
  if (now && scene && at - ticked > 95) {
    ticked = at;
    const ahead = now.running && !now.jump && !now.over && connected ? Math.min(performance.now() - heardAt, 1500) * now.speed : 0;
    const text = words(scene.zone).clock(Math.min(now.at + ahead, scene.end - 1));
    if ($("clock").textContent !== text) $("clock").textContent = text;
  }
  requestAnimationFrame(tick);
};

const reading = (arms) => {
  const told = arms.arms.filter((arm) => arm.lift);
  if (!told.length) return [`At ${arms.arms.slice(1).map((arm) => `${percent(arm.share, 0)} for ${arm.name}`).join(", ")}; the first day has not passed yet.`];
  return told.flatMap((arm) => {
    const [value, low, high] = arm.lift;
    if (!arm.open) return [make("b", {}, arm.name), " was stopped. "];
    if (value === null) return [make("b", {}, arm.name), ": too early to tell. "];
    const [, surelyLow, surelyHigh] = arm.sequential;
    const sure = surelyLow > 0 ? "better, whenever one looks" : surelyHigh < 0 && surelyHigh !== null ? "worse, whenever one looks" : "it may be nothing yet";
    const lift = `${value >= 0 ? "+" : "−"}${Math.abs(value * 100).toFixed(0)} %`;
    const ends = low === null ? "" : ` (${(low * 100).toFixed(0)} to ${(high * 100).toFixed(0)})`;
    return [make("b", {}, `${arm.name} ${lift}`), `${ends}: ${sure}. ${count(arm.units)} customers at ${percent(arm.share, 0)}. `];
  });
};

const tellChampions = (story) => {
  $("champions-told").replaceChildren(...story.champions.flatMap((each, at) => [at ? ", " : "", `${each.arm}: `, make("b", {}, `version ${each.version}`), each.open ? " serves" : " was stopped"]));
  const last = story.drift.at(-1);
  $("drift-told").textContent = !last ? "" : `${last.value < 0.1 ? "nothing moved" : last.value < 0.2 ? "it moves" : "it has moved a lot"} (PSI ${last.value.toFixed(2)})`;
};

// News.
const follow = () => {
  const source = new EventSource("live/news");
  for (const kind of Object.keys(news)) {
    source.addEventListener(kind, (event) => {
      news[kind] = JSON.parse(event.data);
      if (kind === "now") heardAt = performance.now();
      if (kind === "scene") set();
      redraw(...(kind === "scene" ? ["now", "arms", "story"] : kind === "story" ? ["story", "now"] : [kind]));
    });
  }
  source.addEventListener("open", () => { connected = true; redraw("now"); });
  source.addEventListener("error", () => {
    connected = false;
    redraw("now");
    if (source.readyState === EventSource.CLOSED) refused();
  });
};

/** A line that is refused comes with a reason, which an event source keeps to itself. */
const refused = async () => {
  try {
    const answer = await fetch("live/news");
    if (answer.ok) return void answer.body.cancel();
    $("opening").classList.add("lost");
    $("opening-told").textContent = (await answer.json()).error;
  } catch {
    $("opening-told").textContent = "The server does not answer.";
  }
};

const set = () => {
  const { scene } = news;
  $("opening").hidden = true;
  document.body.classList.remove("opens");
  document.title = `${scene.name} · live`;
  $("name").textContent = scene.name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
  $("about").textContent = scene.about;
  $("arms-title").textContent = `${scene.metric.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase())} so far`;
  $("truth-switch").hidden = !scene.truth;
  $("way-card").hidden = !scene.stages.length;
  $("review-card").hidden = !scene.reviews.length;
  buildReview($("review"), scene);
  buildWay($("way"), scene);
  buildCauses($("causes"), scene, ask);
};

// What is asked for.
let toasted = 0;
const toast = (text, wrong = false) => {
  $("toast").textContent = text;
  $("toast").className = `toast there${wrong ? " wrong" : ""}`;
  clearTimeout(toasted);
  toasted = setTimeout(() => $("toast").classList.remove("there"), wrong ? 6000 : 2600);
};

const ask = async (what, done = "") => {
  try {
    const answer = await fetch("live/act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(what) });
    const told = await answer.json();
    if (told.error) toast(told.error, true);
    else if (done) toast(done);
  } catch {
    toast("The server does not answer.", true);
  }
};

const play = () => ask({ do: "pace", running: !(news.now?.running ?? false) });
const speed = (step) => {
  const at = SPEEDS.indexOf(news.now?.speed);
  const next = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + step))];
  if (next !== news.now?.speed) ask({ do: "pace", speed: next });
};

$("speeds").append(...SPEEDS.map((each) => {
  const made = make("button", { type: "button", role: "radio", "data-speed": each, "aria-checked": "false" }, `${count(each)}×`);
  made.addEventListener("click", () => ask({ do: "pace", speed: each, running: true }));
  return made;
}));
$("speeds").addEventListener("keydown", (event) => {  // as in any group of radio buttons
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const next = step && $("speeds").children[[...$("speeds").children].indexOf(event.target) + step];
  if (!step) return;
  event.preventDefault();
  if (next) { next.focus(); ask({ do: "pace", speed: Number(next.dataset.speed) }); }
});
$("play").addEventListener("click", play);
for (const button of document.querySelectorAll("[data-hours]")) button.addEventListener("click", () => ask({ do: "jump", hours: Number(button.dataset.hours) }));
$("strip").addEventListener("click", (event) => {
  const { scene, now } = news;
  const box = $("strip").getBoundingClientRect();
  const to = scene.start + ((event.clientX - box.left) / box.width) * (scene.end - scene.start);
  const hours = (to - now.at) / 3600000;
  if (hours > 1 / 60) ask({ do: "jump", hours }, `Going on to ${words(scene.zone).moment(to)}, ${length(hours * 3600)} ahead.`);
  else toast("Time goes forward only; start the show anew to see the beginning.", true);
});
$("truth").addEventListener("change", () => redraw("arms"));
$("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, button, a, [tabindex='0']") || event.ctrlKey || event.metaKey || event.altKey) return;
  const done = { " ": play, ArrowRight: () => speed(1), ArrowLeft: () => speed(-1), j: () => ask({ do: "jump", hours: 24 }), t: () => $("truth").click() }[event.key];
  if (done) { event.preventDefault(); done(); }
});
addEventListener("resize", () => redraw("now", "arms", "story"));
follow();
requestAnimationFrame(tick);
