// Where the page asks: the server that it came from. `kept.js` answers the same questions without one.
"use strict";

async function ask(path, query) {
  const answer = await fetch(`shop/${path}?${new URLSearchParams(query)}`);
  return heard(answer);
}

async function tell(path, body) {
  const answer = await fetch(`shop/${path}`, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  });
  return heard(answer);
}

async function heard(answer) {
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? said.message ?? answer.statusText);
  return said;
}

// eslint-disable-next-line no-unused-vars
const source = {
  state: () => ask("state", {}),
  visit: (session, customer) => ask("visit", {session, customer: customer ?? ""}),
  act: (session, customer, action, item, list) => tell("act", {session, customer, action, item, list}),
  product: item => ask("product", {item}),
  products: (category, words, first, many) => ask("products", {category: category ?? "", words, first, many}),
  shoppers: words => ask("shoppers", {words}),
  known: customer => ask("known", {customer}),
  learn: () => tell("learn", {}),
  picture: item => `pictures/${encodeURIComponent(item)}.svg`,
};
