// Where a kept page asks: itself. It answers as `live.js` does, from what the server knew when the page was written.
"use strict";

// eslint-disable-next-line no-unused-vars
const source = (() => {
  const kept = JSON.parse(document.getElementById("kept").textContent);
  const {products, people, sides, state, trips} = kept;
  const place = new Map(products.map((product, number) => [product.id, number]));
  const person = new Map(people.map((each, number) => [each.shopper.id, number]));
  const done = new Map();
  const began = Date.now();
  const pictures = new Map();
  let trip = 0;

  const now = () => kept.now + (Date.now() - began) * 1000 * state.speed;
  const of = (session, customer) => done.get(customer ?? session) ?? [];
  const named = places => places.map(each => products[each]).filter(Boolean);
  const category = each => products[each]?.category;

  // Scores of what somebody has met before, and what each click here has added.
  function list(side, session, customer) {
    const {adds, lists, rows} = sides[side], number = person.get(customer) ?? people.length, clicked = new Set(of(session, customer).map(each => each.item));
    const before = new Set((people[number]?.did ?? []).map(([item]) => item)), fresh = [...clicked].filter(each => !before.has(each));
    const scores = new Map(), counts = adds !== "nothing" && fresh.length;
    const weight = adds === "mean" ? before.size : 1;
    if (!counts || before.size) for (const [item, score] of lists[number]) scores.set(item, score * (counts ? weight : 1));
    if (counts) for (const each of fresh) for (const [item, score] of rows[each]) scores.set(item, (scores.get(item) ?? 0) + score);
    const owned = new Set([...(people[number]?.did ?? []).filter(([, , sold]) => sold).map(([item]) => item), ...of(session, customer).filter(each => each.sold).map(each => each.item)]);
    const best = [...scores].sort((one, two) => two[1] - one[1] || one[0] - two[0]).map(([item]) => item);
    // Where little goes with what was clicked, what anybody is shown fills the shelf.
    return [...new Set([...best, ...lists.at(-1).map(([item]) => item)])].filter(item => !owned.has(item)).slice(0, state.slots);
  }

  function features(session, customer) {
    const moment = now(), day = 86400e6, arrived = of(session, customer).filter(each => each.there !== null && each.there <= moment);
    const did = [...(people[person.get(customer)]?.did ?? []), ...arrived.map(each => [each.item, each.at, each.sold ? 1 : 0])];
    const likes = new Map();
    for (const [item] of did) if (category(item)) likes.set(category(item), (likes.get(category(item)) ?? 0) + 1);
    const last = Math.max(...did.map(([, at]) => at));
    return {
      "products looked at": new Set(did.map(([item]) => item)).size,
      "events in 28 days": did.filter(([, at]) => at >= moment - 28 * day).length,
      "bought": did.filter(([, , sold]) => sold).length,
      "likes most": [...likes].sort((one, two) => two[1] - one[1])[0]?.[0] ?? null,
      "days since last event": did.length ? Math.round((moment - last) / day * 10) / 10 : null,
    };
  }

  const shown = (session, customer) => ({
    rules: named(list("rules", session, customer)), model: named(list("model", session, customer)),
    features: features(session, customer), learning: state.learning,
  });

  function visit(session, customer) {
    const known = people[person.get(customer)];
    if (customer !== null && !known) throw new Error(`there is no customer '${customer}' in this page.`);
    const items = [...(known?.did ?? []).map(([item]) => item), ...of(session, customer).map(each => each.item)].reverse();
    return {shopper: known?.shopper ?? null, latest: named([...new Set(items)].slice(0, 8)), ...shown(session, customer)};
  }

  function act(session, customer, action, item) {
    const events = state.actions[action].map(event => {
      const way = trips[trip++ % trips.length], at = now(), last = way.left.at(-1) ?? 0;
      const sold = action === "buy" && event === state.actions.buy.at(-1);
      done.set(customer ?? session, [...of(session, customer), {item: place.get(item), at, sold, there: way.lost ? null : at + last * 1e6}]);
      return {event, ...way};
    });
    return {events, product: products[place.get(item)], ...shown(session, customer)};
  }

  function found(within, words) {
    const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
    return products.filter(product => (within === null || product.category === within) && parts.every(part => `${product.title} ${product.category} ${product.id}`.toLowerCase().includes(part)));
  }

  return {
    kept: true,
    state: async () => state,
    visit: async (session, customer) => visit(session, customer),
    act: async (session, customer, action, item) => act(session, customer, action, item),
    product: async item => ({product: products[place.get(item)], like: named((sides.model.rows[place.get(item)] ?? []).map(([each]) => each).filter(each => products[each].id !== item).slice(0, state.slots))}),
    products: async (within, words, first, many) => found(within, words).slice(first, first + many),
    shoppers: async words => state.shoppers.filter(each => each.id.startsWith(words)),
    picture: item => {
      if (!pictures.has(item)) pictures.set(item, `data:image/svg+xml,${encodeURIComponent(kept.pictures[place.get(item)])}`);
      return pictures.get(item);
    },
  };
})();
