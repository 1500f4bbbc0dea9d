// The page of the shop. It knows nothing of where answers come from: `source` asks the server, or a kept page itself.
"use strict";

const MANY = 36;
const PATIENCE_MS = 700;
const LATEST_DOTS = 10;

const page = {
  state: null, customer: null, session: fresh(), chosen: false, visit: null, category: null, words: "",
  shown: 0, basket: [], events: [], before: {rules: [], model: []}, features: null,
};
const at = id => document.getElementById(id);
const SIGN = new Intl.NumberFormat(undefined, {minimumFractionDigits: 2, maximumFractionDigits: 2});
const WHOLE = new Intl.NumberFormat();

// ---------------------------------------------------------------------------------------------- small things

function fresh() {
  return `page-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
}

function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child != null));
  return made;
}

const plain = word => String(word).replaceAll("_", " ");
const called = word => { const text = plain(word); return text.charAt(0).toUpperCase() + text.slice(1); };
const price = value => (value == null ? "" : SIGN.format(value));

function value(told) {
  if (told === true) return "yes";
  if (told === false) return "no";
  if (told == null) return "–";
  if (typeof told === "number") return WHOLE.format(told);
  const day = /^(\d{4})-(\d{2})-(\d{2})([T ]|$)/.exec(told);
  return day ? new Date(`${day[1]}-${day[2]}-${day[3]}T12:00`).toLocaleDateString(undefined, {day: "numeric", month: "short", year: "numeric"}) : plain(told);
}

function hue(text) {
  let sum = 7;
  for (const letter of String(text)) sum = (sum * 31 + letter.codePointAt(0)) % 3600;
  return (sum * 47) % 360;
}

function lasting(seconds) {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

let toasting;
function toast(text) {
  at("toast").textContent = text;
  at("toast").classList.add("shown");
  clearTimeout(toasting);
  toasting = setTimeout(() => at("toast").classList.remove("shown"), 3600);
}

const failed = error => toast(error.message || "The shop does not answer.");

// ---------------------------------------------------------------------------------------------- products

function picture(product) {
  return make("img", {src: source.picture(product.id), alt: "", width: 400, height: 400, loading: "lazy", decoding: "async"});
}

function card(product, open, badges = []) {
  const told = [product.title, product.category, price(product.price)].filter(Boolean).join(", ");
  const button = make("button", {type: "button", class: "card", "aria-label": [told, ...badges.map(([text]) => text)].join(", "), onclick: open},
    make("span", {class: "frame"}, picture(product)),
    ...badges.map(([text, kind]) => make("span", {class: `badge ${kind}`}, text)),
    make("span", {class: "title"}, product.title),
    make("span", {class: "under"}, make("span", {}, plain(product.category)), make("span", {class: "price"}, price(product.price))));
  return make("li", {"data-id": product.id}, button);
}

function bones(many) {
  return Array.from({length: many}, () => make("li", {class: "bone", "aria-hidden": "true"},
    make("span", {class: "card"}, make("span", {class: "frame"}), make("span", {class: "title"}), make("span", {class: "under"}))));
}

// ---------------------------------------------------------------------------------------------- the shelves

function shelf(name, list, other) {
  const where = at(name), slots = page.state.slots;
  where.style.setProperty("--across", slots % 4 === 0 && slots > 6 ? 4 : Math.min(3, slots));
  if (list === null) {
    where.setAttribute("aria-busy", "true");
    where.replaceChildren(...bones(slots));
    return;
  }
  where.removeAttribute("aria-busy");
  const places = new Map([...where.children].map(each => [each.dataset.id, each.getBoundingClientRect()]));
  const before = page.before[name], also = new Set((other ?? []).map(each => each.id));
  const cards = list.map(product => {
    const badges = [];
    if (before.length && !before.includes(product.id)) badges.push(["new", "fresh"]);
    if (also.has(product.id)) badges.push(["on both", "both"]);
    return card(product, () => choose(product, name, list), badges);
  });
  where.replaceChildren(...(cards.length ? cards : [make("li", {class: "empty"}, "Shows nothing.")]));
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) cards.forEach(each => glide(each, places.get(each.dataset.id)));
  page.before[name] = list.map(product => product.id);
}

function glide(card, from) {
  const to = card.getBoundingClientRect();
  if (!from) {
    if (page.visit) card.animate([{opacity: 0, scale: 0.92}, {opacity: 1, scale: 1}], {duration: 380, easing: "cubic-bezier(.2,.7,.2,1)"});
  } else if (from.left !== to.left || from.top !== to.top) {
    card.animate([{transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)`}, {transform: "none"}], {duration: 420, easing: "cubic-bezier(.2,.7,.2,1)"});
  }
}

function shelves(shown) {
  const {rules, model} = page.state.policies, learning = shown.learning;
  shelf("rules", shown.rules, shown.model);
  shelf("model", shown.model, shown.rules);
  at("rules-by").textContent = plain(rules);
  at("model-by").textContent = {
    ready: plain(model), learning: learning.times ? "learning anew …" : `learns from ${learning.origin} …`, failed: "", waiting: "",
  }[learning.state];
  at("model-by").title = learning.times ? `Learnt ${learning.times === 1 ? "once" : `${learning.times} times`} from ${WHOLE.format(learning.events)} events of ${learning.origin}` : "";
  at("learn").hidden = learning.state === "learning" ? !learning.times : learning.state !== "ready" || Boolean(source.kept);
  at("learn").disabled = learning.state === "learning";
  if (learning.state === "failed") at("model").replaceChildren(make("li", {class: "empty"}, learning.failure));
  if (asks()) known(); else features(shown.features);
}

// ---------------------------------------------------------------------------------------------- who is shopping

function hello(visit) {
  const shopper = visit.shopper, name = shopper?.name ?? "A new visitor";
  at("greeting").textContent = name;
  at("who").querySelector(".name").textContent = name;
  at("who").setAttribute("aria-label", `Shopping as ${name}. Choose somebody else`);
  at("who").querySelector(".face").style.setProperty("--hue", shopper ? hue(shopper.id) : 250);
  at("about").textContent = shopper
    ? shopper.met
      ? `Has looked at ${WHOLE.format(shopper.met)} products and bought ${shopper.bought ? WHOLE.format(shopper.bought) : "nothing yet"}${shopper.likes.length ? `; mostly ${shopper.likes.map(plain).join(" and ")}` : ""}.`
      : "Nothing is known yet of what they looked at."
    : "Nobody knows anything of them, until they click.";
  const traits = Object.entries(shopper?.traits ?? {});
  at("traits").replaceChildren(...traits.map(([column, told]) => make("li", {}, `${plain(column)} `, make("b", {}, value(told)))));
  at("latest").hidden = !visit.latest.length;
  at("latest").querySelector("ol").replaceChildren(...visit.latest.slice(0, 6).map(product =>
    make("li", {}, make("button", {type: "button", "aria-label": product.title, title: product.title, onclick: () => choose(product)}, picture(product)))));
}

async function come(customer) {
  const same = customer === page.customer && page.visit;
  if (!same) Object.assign(page, {customer, session: fresh(), before: {rules: [], model: []}, events: [], features: null, basket: []});
  const visit = await source.visit(page.session, customer);
  if (customer !== page.customer) return;
  page.visit = visit;
  hello(visit);
  shelves(visit);
  counted();
  if (!same) { events(); chain(); titled(asks() ? "Reading …" : ""); if (asks()) at("features").replaceChildren(); }
  const mark = customer === null ? "" : `#${encodeURIComponent(customer)}`;
  if (page.chosen && location.hash !== mark) history.replaceState(null, "", mark || location.pathname);
}

function people(list) {
  const one = shopper => make("li", {}, make("button", {
    type: "button", "aria-current": String((shopper?.id ?? null) === page.customer),
    onclick: () => { page.chosen = true; at("chooser").close(); come(shopper?.id ?? null).then(() => at("greeting").focus(), failed); },
  }, make("span", {class: "face", "aria-hidden": "true", style: null}), make("b", {}, shopper?.name ?? "A new visitor"),
  make("span", {}, shopper ? Object.entries(shopper.traits).map(([column, told]) => typeof told === "boolean" ? (told ? plain(column) : null) : value(told)).filter(Boolean).join(" · ") || `id ${shopper.id}` : "nothing is known of them")));
  const shown = [...(at("number").value ? [] : [null]), ...list];
  at("people").replaceChildren(...(shown.length ? shown.map(one) : [make("li", {class: "none"}, "Nobody has such an id.")]));
  [...at("people").querySelectorAll(".face")].forEach((face, place) => face.style.setProperty("--hue", shown[place] ? hue(shown[place].id) : 250));
}

// ---------------------------------------------------------------------------------------------- what one does

async function act(action, product, list) {
  const done = await source.act(page.session, page.customer, action, product.id, list ?? []);
  const now = performance.now();
  for (const each of done.events) page.events.push({...each, product: done.product, at: now, seen: false});
  events();
  shelves(done);
  run();
  return done;
}

async function choose(product, where, list) {
  const {actions} = page.state, onShelf = where !== undefined;
  const action = onShelf && actions.click.length ? "click" : "view";
  look(product);
  try {
    if (actions[action].length) await act(action, product, onShelf ? list.map(each => each.id) : []);
    const told = await source.product(product.id);
    // Whoever has closed it meanwhile does not want to see it again.
    if (at("product").open && at("product").dataset.id === product.id) look(told.product, told.like);
  } catch (error) { failed(error); }
}

function look(product, like = null) {
  const sheet = at("product").firstElementChild, {actions} = page.state;
  at("product").dataset.id = product.id;
  const facts = Object.entries(product.facts);
  const close = make("button", {type: "button", class: "icon close", "aria-label": "Close", onclick: () => at("product").close()});
  close.append(at("chooser").querySelector(".close svg").cloneNode(true));
  const doing = make("div", {class: "doing"},
    actions.basket.length ? make("button", {type: "button", class: "do", onclick: () => put(product)}, "Add to basket") : null,
    actions.buy.length ? make("button", {type: "button", class: actions.basket.length ? "do second" : "do", onclick: () => buy([product])}, "Buy now") : null);
  const body = make("div", {class: "body"},
    make("header", {style: null}, make("p", {class: "category"}, plain(product.category) || product.id)),
    make("h2", {id: "product-title", tabindex: "-1"}, product.title),
    make("p", {class: "price"}, price(product.price)),
    facts.length ? make("p", {class: "facts"}, ...facts.map(([name, told]) => make("span", {}, `${plain(name)} `, make("b", {}, value(told))))) : null,
    doing);
  const goes = like === null ? bones(Math.min(6, page.state.slots)) : like.slice(0, 6).map(each => card(each, () => choose(each)));
  const focused = at("product").contains(document.activeElement) ? document.activeElement.textContent : null;
  sheet.replaceChildren(
    make("header", {}, make("span", {}), close),
    make("div", {class: "large"}, picture(product), body),
    ...(goes.length ? [make("section", {class: "like", "aria-label": "Goes with it"}, make("h3", {}, "Goes with it"), make("ol", {class: "cards"}, ...goes))] : []));
  if (!at("product").open) at("product").showModal();
  const again = focused === null ? null : [...sheet.querySelectorAll("button, h2")].find(each => each.textContent === focused);
  (again ?? sheet.querySelector("h2")).focus({preventScroll: true});
}

async function put(product) {
  try {
    await act("basket", product);
    if (!page.basket.some(each => each.id === product.id)) page.basket.push(product);
    counted();
    at("product").close();
    toast(`In the basket: ${product.title}`);
  } catch (error) { failed(error); }
}

async function buy(products) {
  const had = new Set(page.basket.map(each => each.id));
  try {
    for (const product of products) {
      if (page.state.actions.basket.length && !had.has(product.id)) await act("basket", product);
      await act("buy", product);
      page.basket = page.basket.filter(each => each.id !== product.id);
    }
    counted();
    at("product").close();
    at("bag").close();
    toast(products.length === 1 ? `Bought: ${products[0].title}` : `${products.length} products bought`);
    await come(page.customer);
  } catch (error) { failed(error); }
}

function counted() {
  at("count").hidden = !page.basket.length;
  at("count").textContent = page.basket.length;
  at("basket").setAttribute("aria-label", `Basket, ${page.basket.length} products`);
  at("basket").hidden = !page.state.actions.buy.length;
}

function bag() {
  const sum = page.basket.reduce((total, each) => total + (each.price ?? 0), 0);
  const close = at("chooser").querySelector(".close").cloneNode(true);
  close.addEventListener("click", () => at("bag").close());
  at("bag").firstElementChild.replaceChildren(
    make("header", {}, make("h2", {id: "bag-title"}, "Basket"), close),
    page.basket.length
      ? make("ul", {class: "lines"}, ...page.basket.map(product => make("li", {}, picture(product), make("span", {}, product.title), make("span", {class: "price"}, price(product.price)),
        make("button", {type: "button", class: "icon", "aria-label": `Take ${product.title} out`, onclick: () => { page.basket = page.basket.filter(each => each.id !== product.id); counted(); bag(); }}, "×"))))
      : make("p", {class: "none"}, "Nothing is in it yet."),
    page.basket.length ? make("p", {class: "sum"}, make("span", {}, "Together"), make("span", {class: "price"}, price(sum))) : null,
    page.basket.length ? make("div", {class: "doing"}, make("button", {type: "button", class: "do", onclick: () => buy([...page.basket])}, "Buy")) : null);
  if (!at("bag").open) at("bag").showModal();
}

// ---------------------------------------------------------------------------------------------- where the click is

function chain() {
  const stops = ["click", ...page.state.stages, "features"];
  at("chain").replaceChildren(...stops.map(stop => make("span", {class: "stop"}, plain(stop))));
  at("told").textContent = page.events.length ? "" : page.state.stages.length ? "Click on something." : "Without a delivery, features know at once.";
}

// How far an event is along the chain, from 0 to 1, and in which stage; by the shop's time.
function place(each, now) {
  const seconds = (now - each.at) / 1000 * page.state.speed, stages = page.state.stages;
  let from = 0;
  for (const [number, left] of each.left.entries()) {
    if (seconds < left) return {along: (number + (left > from ? (seconds - from) / (left - from) : 1)) / (stages.length + 1), stage: number, rest: each.left.at(-1) - seconds};
    from = left;
  }
  if (each.lost) return {along: each.left.length / (stages.length + 1), stage: each.left.length, lost: true};
  const behind = Math.min((now - each.at) / 1000 - from / page.state.speed, 0.6) / 0.6;
  return {along: (stages.length + Math.max(behind, 0)) / (stages.length + 1), stage: stages.length, there: behind >= 1};
}

let running = false;
function run() {
  if (running) return;
  running = true;
  requestAnimationFrame(step);
}

function step(now) {
  const latest = page.events.slice(-LATEST_DOTS), stops = [...at("chain").querySelectorAll(".stop")];
  let moves = false, news = false;
  const dots = [];
  const reached = new Set();
  for (const each of page.events) {
    if (each.seen) continue;
    const found = place(each, now);
    Object.assign(each, {there: found.there, is: found});
    if (found.there || found.lost) { each.seen = true; each.ended = now; news = true; } else moves = true;
  }
  for (const each of latest) {
    if (each.seen && now - each.ended > 900) continue;
    if (each.seen) moves = true;
    const dot = make("span", {class: each.is.lost ? "dot lost" : "dot"});
    dot.style.left = `${100 * each.is.along}%`;
    dots.push(dot);
    for (let stop = 0; stop <= Math.floor(each.is.along * (stops.length - 1) + 1e-6); stop += 1) reached.add(stop);
  }
  at("chain").querySelectorAll(".dot").forEach(dot => dot.remove());
  at("chain").append(...dots);
  const last = page.events.at(-1)?.is;  // how far the latest came stays to be seen
  for (let stop = 0; last && stop <= Math.floor(last.along * (stops.length - 1) + 1e-6); stop += 1) reached.add(stop);
  stops.forEach((stop, number) => stop.classList.toggle("has", reached.has(number)));
  whereabouts();
  if (news && asks()) known();
  else if (news) source.visit(page.session, page.customer).then(visit => features(visit.features), failed);
  if (moves) requestAnimationFrame(step);
  else running = false;
}

function whereabouts() {
  const last = page.events.at(-1);
  if (!last?.is) return;
  const {stage, there, lost, rest} = last.is, stages = page.state.stages;
  const text = lost ? `${plain(last.event)}: lost in ${plain(stages[stage])}`
    : there ? `${plain(last.event)}: the features know`
    : stages.length ? `${plain(last.event)}: ${stage < stages.length ? `in ${plain(stages[stage])}, ` : ""}there in ${lasting(Math.max(rest ?? 0, 0))}` : `${plain(last.event)}: on its way`;
  if (at("told").textContent !== text) at("told").textContent = text;
  at("events").querySelectorAll(".where").forEach((where, number) => {
    const each = page.events.at(-1 - number), is = each.is ?? {};
    const words = is.lost ? "lost" : is.there ? "in the features" : is.stage < stages.length ? `in ${plain(stages[is.stage])}` : "on its way";
    if (where.textContent !== words) { where.textContent = words; where.className = `where ${is.lost ? "lost" : is.there ? "there" : ""}`; }
  });
}

function events() {
  at("handle").classList.toggle("busy", page.events.length > 0);
  const latest = page.events.slice(-30).reverse();
  at("events").replaceChildren(...(latest.length
    ? latest.map(each => make("li", {}, picture(each.product), make("span", {}, make("b", {}, plain(each.event)), ` ${each.product.title}`), make("span", {class: "where"}, "")))
    : [make("li", {class: "none"}, "Nothing yet.")]));
}

// What was known before anything was done here stands beside what is known now.
function features(told) {
  page.features ??= told;
  const before = page.features;
  at("features").replaceChildren(...Object.entries(told).flatMap(([name, each]) => {
    const changed = page.events.length && before[name] !== each ? "changed" : null;
    return [make("dt", {class: changed}, plain(name)), make("dd", {class: changed}, value(each), changed ? make("small", {}, ` was ${value(before[name])}`) : null)];
  }));
}

// Whether a model of the scenario is told something of whoever is here, by its own SQL.
const asks = () => Boolean(page.state.asked) && page.customer !== null;

let asking = false, again = false;
async function known() {
  again = true;
  if (asking) return;
  asking = true;
  try {
    while (again && asks()) {
      again = false;
      const customer = page.customer, found = await source.known(customer);
      if (customer !== page.customer || !found.ready) continue;
      const {about} = found, chance = about?.probability;
      features({...(chance == null ? {} : {[`${page.state.asked.model} says`]: `${Math.round(chance * 1000) / 10} %`}), ...about?.features});
      titled(about ? "" : "It knows nothing of them.");
    }
  } catch (error) { failed(error); } finally { asking = false; }
}

function titled(more) {
  const {asked} = page.state;
  at("features-title").textContent = asks() ? `What the model '${asked.model}' is told` : "What the features say";
  at("features-by").hidden = !asks();
  at("features-by").textContent = asks() ? `${asked.about} By ${asked.sql}. ${more}` : "";
}

// ---------------------------------------------------------------------------------------------- all products

async function browse(more = false) {
  const {category, words} = page;
  const found = await source.products(category, words, more ? page.shown : 0, MANY);
  if (category !== page.category || words !== page.words) return;
  const cards = found.map(product => card(product, () => choose(product)));
  if (more) at("grid").append(...cards); else at("grid").replaceChildren(...cards);
  page.shown = at("grid").children.length;
  at("more").hidden = found.length < MANY;
  at("none").hidden = page.shown > 0;
}

function chips() {
  const all = [[null, page.state.products], ...page.state.categories].slice(0, 24);
  at("chips").hidden = all.length < 3;
  at("chips").replaceChildren(...all.map(([name, many]) => make("button", {
    type: "button", "aria-pressed": String(name === page.category),
    onclick: () => { page.category = name; chips(); browse().catch(failed); },
  }, name === null ? "All" : called(name), make("small", {}, WHOLE.format(many)))));
}

// ---------------------------------------------------------------------------------------------- the whole page

async function learn() {
  try {
    await source.learn();
    at("learn").disabled = true;
    page.state.learning.state = "learning";
    follow();
  } catch (error) { failed(error); }
}

async function follow() {
  const before = page.state.learning.times;
  while (page.state.learning.state === "learning" || page.state.learning.state === "waiting") {
    await new Promise(done => setTimeout(done, PATIENCE_MS));
    try { page.state = await source.state(); } catch { continue; }
    if (!page.visit?.rules && page.state.learning.state === "learning") await come(page.customer).catch(() => {});
  }
  const {state, times} = page.state.learning;
  if (state === "ready" && times > before) {
    const first = page.state.shoppers[0]?.id ?? null, {wanted} = page;
    page.wanted = null;  // somebody of a bookmark, whom nobody knew before all customers were read
    if (wanted && page.customer === null && !page.events.length) await come(wanted).catch(failed);
    else if (!page.chosen && !page.events.length && page.customer === null && first !== null) await come(first).catch(failed);
    else await come(page.customer).catch(failed);
    if (before) toast("The model has learnt anew.");
  } else await come(page.customer).catch(failed);
}

function listen() {
  at("who").addEventListener("click", () => { at("number").value = ""; people(page.state.shoppers); at("chooser").showModal(); });
  at("number").addEventListener("input", event => {
    const words = event.target.value.trim();
    (words ? source.shoppers(words) : Promise.resolve(page.state.shoppers)).then(found => { if (at("number").value.trim() === words) people(found); }, failed);
  });
  at("chooser").querySelector(".close").addEventListener("click", () => at("chooser").close());
  at("basket").addEventListener("click", bag);
  at("learn").addEventListener("click", learn);
  at("more").addEventListener("click", () => browse(true).catch(failed));
  at("brand").addEventListener("click", event => { event.preventDefault(); window.scrollTo({top: 0, behavior: "smooth"}); });
  at("search").addEventListener("submit", event => event.preventDefault());
  at("words").addEventListener("input", event => { page.words = event.target.value; browse().catch(failed); if (page.words) at("browse-title").scrollIntoView({block: "start"}); });
  at("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });
  at("handle").addEventListener("click", () => {
    const open = at("inside").hidden;
    at("inside").hidden = !open;
    at("handle").setAttribute("aria-expanded", String(open));
  });
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
  }
  document.addEventListener("keydown", event => {
    const list = event.target.closest?.(".cards");
    if (event.key === "/" && !event.target.closest("input")) { event.preventDefault(); at("words").focus(); }
    if (!list || (event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return;
    const cards = [...list.querySelectorAll("button.card")], next = cards.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1);
    cards[next]?.focus();
  });
}

async function open() {
  page.state = await source.state();
  const {state} = page;
  document.title = called(state.name);
  at("name").textContent = called(state.name);
  at("live").hidden = !state.live;
  at("warning").textContent = state.warning;
  at("warning").hidden = !state.warning;
  chips();
  listen();
  chain();
  counted();
  const asked = location.hash ? decodeURIComponent(location.hash.slice(1)) : null;
  page.chosen = asked !== null;
  const first = asked ?? (state.learning.times ? state.shoppers[0]?.id ?? null : null);
  await Promise.all([come(first).catch(() => { page.wanted = asked; return come(null); }), browse()]);
  if (state.learning.state === "learning" || state.learning.state === "waiting") follow();
}

open().catch(failed);
