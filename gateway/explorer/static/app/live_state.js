// How sources and promises stand, and what happened lately.

import { element } from "./dom.js";
import { clock } from "./live_list.js";

const EVENTS = 100;

/** Sources, promises and the timeline beside the requests. */
export class Standing {
  #sources = element("tbody");
  #budgets = element("tbody");
  #promises = element("section", { hidden: "" });
  #events = element("ol", { class: "timeline" });
  #quiet = element("p", { class: "faint" }, "Nothing since the gateway began.");
  /** @type {Map<string, any>} how promises stood when the reader came */
  #first = new Map();

  constructor() {
    this.#promises.append(
      element("h2", {}, "Objectives"),
      table("Objectives", ["Of", "Promised", "Good", "Bad", "Burn"], this.#budgets),
    );
    this.element = element(
      "div",
      { class: "standing" },
      element("h2", {}, "Sources"),
      table("Sources", ["Source", "Breaker", "In flight", "Waiting"], this.#sources),
      this.#promises,
      element("h2", {}, "What happened"),
      this.#quiet,
      this.#events,
    );
  }

  /** @param {any} state */
  show(state) {
    const sources = Object.entries(state.sources ?? {});
    this.#sources.replaceChildren(...sources.map(([name, how]) => source(name, how)));
    const budgets = state.budgets ?? [];
    this.#promises.hidden = !budgets.length;
    this.#budgets.replaceChildren(...budgets.map((/** @type {any} */ one) => this.#budget(one)));
  }

  /** @param {any} one */
  #budget(one) {
    const key = `${one.of} ${one.objective}`;
    const first = this.#first.get(key) ?? one;
    this.#first.set(key, first.good > one.good ? one : first); // it began anew
    const bad = one.bad - first.bad;
    const all = bad + one.good - first.good;
    const burn = all > 0 && one.share < 1 ? bad / all / (1 - one.share) : 0;
    return row(
      [key],
      [`${Number((one.share * 100).toPrecision(6))} %`],
      [one.good],
      [one.bad, one.bad ? "warn" : ""],
      [burn ? burn.toFixed(1) : "", burn > 1 ? "bad" : ""],
    );
  }

  /** @param {any[]} happened in the order of time */
  add(happened) {
    const lines = happened.slice(-EVENTS).reverse().map(line);
    this.#events.prepend(...lines);
    this.#quiet.hidden = this.#events.childElementCount > 0;
    while (this.#events.childElementCount > EVENTS) this.#events.lastElementChild?.remove();
  }

  clear() {
    this.#events.replaceChildren();
    this.#quiet.hidden = false;
    this.#first.clear();
  }
}

/** @param {any} event */
function line({ at, what, tone, words }) {
  const kind = tone === "bad" ? "bad" : tone === "good" ? "good" : "";
  const time = element("time", { datetime: String(at) }, clock(at));
  const about = element("strong", { class: kind }, String(what));
  return element("li", {}, time, " ", about, " ", String(words));
}

/**
 * @param {string} name
 * @param {any} how
 */
function source(name, how) {
  const broken = Object.entries(how.breakers ?? {});
  const words = broken.map(
    ([endpoint, { state, since }]) => `${state} since ${clock(since)}: ${endpoint}`,
  );
  return row(
    [name],
    broken.length ? [words.join("; "), "bad"] : ["closed", "good"],
    [`${how.running} of ${how.allowed}`],
    [how.waiting, how.waiting ? "warn" : ""],
  );
}

/** @param {...any[]} cells text and class of each */
function row(...cells) {
  return element(
    "tr",
    {},
    ...cells.map(([text, kind = ""], at) =>
      element(at ? "td" : "th", at ? { class: kind } : { scope: "row" }, String(text)),
    ),
  );
}

/**
 * @param {string} words
 * @param {string[]} titles
 * @param {HTMLElement} body
 */
function table(words, titles, body) {
  const head = titles.map((title) => element("th", { scope: "col" }, title));
  return element(
    "table",
    { "aria-label": words },
    element("thead", {}, element("tr", {}, ...head)),
    body,
  );
}
