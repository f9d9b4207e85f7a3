// The requests of late: kept in bounded memory, shown in a bounded table, filtered here.

import { element } from "./dom.js";

const KEPT = 1_000;
export const ROWS = 200;

/** @typedef {Record<string, any>} Seen a request as the gateway tells of it */

/**
 * @typedef {object} Filters
 * @property {string} text part of the operation's name
 * @property {string} tenant
 * @property {string} outcome
 * @property {number} least ms
 * @property {boolean} schema whether those are shown that ask for nothing but the schema
 */

/** Rows by request; the newest is the first. */
export class RequestList {
  /** @type {Seen[]} the newest first */
  #kept = [];
  /** @type {Filters} */
  #filters = { text: "", tenant: "", outcome: "", least: 0, schema: false };
  /** @type {string | undefined} */
  #chosen;
  #body = element("tbody");

  /** @param {(seen: Seen) => void} choose */
  constructor(choose) {
    this.choose = choose;
    const titles = ["At", "Operation", "Outcome", "ms", "Tenant", "Client"];
    const head = titles.map((title) => element("th", { scope: "col" }, title));
    const caption = element("caption", { class: "unseen" }, "Requests, the newest first");
    this.element = element(
      "table",
      { class: "requests" },
      caption,
      element("thead", {}, element("tr", {}, ...head)),
      this.#body,
    );
    this.#body.addEventListener("click", (event) => this.#pick(event.target));
    this.#body.addEventListener("keydown", (event) => this.#step(event));
  }

  get kept() {
    return this.#kept.length;
  }

  get shown() {
    return this.#body.childElementCount;
  }

  /** @param {Seen[]} came in the order of time */
  add(came) {
    const newest = came.slice(-KEPT).reverse();
    this.#kept = [...newest, ...this.#kept].slice(0, KEPT);
    const rows = newest.filter((one) => fits(one, this.#filters)).slice(0, ROWS);
    this.#body.prepend(...rows.map((one) => this.#row(one)));
    const { activeElement } = document;
    while (this.shown > ROWS) this.#body.lastElementChild?.remove();
    if (activeElement && !activeElement.isConnected) this.#reach()?.focus();
    this.#reach();
  }

  /** @param {Filters} filters */
  filter(filters) {
    this.#filters = filters;
    const found = this.#kept.filter((one) => fits(one, filters)).slice(0, ROWS);
    this.#body.replaceChildren(...found.map((one) => this.#row(one)));
    this.#reach();
  }

  clear() {
    this.#kept = [];
    this.#body.replaceChildren();
  }

  /** @param {Seen} seen */
  #row(seen) {
    const chosen = seen.id === this.#chosen;
    const pick = element("button", { type: "button", "aria-pressed": String(chosen) });
    pick.textContent = nameOf(seen);
    pick.tabIndex = -1;
    const tone = toneOf(seen);
    const outcome = seen.slow ? `${seen.outcome}, slow` : String(seen.outcome);
    const row = element(
      "tr",
      {},
      element("td", {}, clock(seen.at)),
      element("td", {}, pick),
      element("td", { class: tone }, outcome),
      element("td", { class: "number" }, String(Math.round(seen.ms))),
      element("td", {}, seen.tenant ?? ""),
      element("td", {}, seen.client ?? ""),
    );
    row.dataset.id = seen.id;
    return row;
  }

  /** The one button that the Tab key finds: the chosen one's, else the first. */
  #reach() {
    const pressed = this.#body.querySelector('button[aria-pressed="true"]');
    const first = pressed ?? this.#body.querySelector("button");
    for (const one of this.#body.querySelectorAll('button[tabindex="0"]')) {
      if (one !== first && one !== document.activeElement) one.setAttribute("tabindex", "-1");
    }
    first?.setAttribute("tabindex", "0");
    return /** @type {HTMLElement | null} */ (first);
  }

  /** @param {EventTarget | null} target */
  #pick(target) {
    const row = target instanceof Element ? target.closest("tr") : null;
    const seen = this.#kept.find((one) => one.id === row?.dataset.id);
    if (!row || !seen) return;
    this.#chosen = seen.id;
    for (const one of this.#body.querySelectorAll("button")) {
      one.setAttribute("aria-pressed", String(one.closest("tr") === row));
    }
    this.#reach();
    this.choose(seen);
  }

  /** @param {KeyboardEvent} event up and down go from request to request */
  #step(event) {
    const row = event.target instanceof Element ? event.target.closest("tr") : null;
    const next =
      event.key === "ArrowDown"
        ? row?.nextElementSibling
        : event.key === "ArrowUp"
          ? row?.previousElementSibling
          : undefined;
    const button = next?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    button.tabIndex = 0;
    button.focus();
  }
}

/**
 * What its document calls it, and which of the profiles' operations it asks for.
 * @param {Seen} seen
 */
export function nameOf(seen) {
  const asked = seen.operations?.join(", ");
  if (seen.name && asked && seen.name !== asked) return `${seen.name} (${asked})`;
  return seen.name || asked || "(no plan)";
}

/**
 * As an editor does when it is opened, this page's own among them.
 * @param {Seen} seen
 */
function asksSchema({ outcome, operations, steps }) {
  return outcome === "whole" && !operations?.length && !steps?.length;
}

/** @param {Seen} seen */
export function toneOf(seen) {
  if (seen.outcome === "failed") return "bad";
  return seen.outcome === "whole" && !seen.slow ? "good" : "warn";
}

/** @param {string} at */
export function clock(at) {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString();
}

/**
 * @param {Seen} seen
 * @param {Filters} filters
 */
function fits(seen, { text, tenant, outcome, least, schema }) {
  const names = [seen.name ?? "", ...(seen.operations ?? [])].join(" ").toLowerCase();
  const bad = outcome === "bad" && seen.outcome !== "whole";
  const slow = outcome === "slow" && seen.slow;
  return (
    names.includes(text.toLowerCase()) &&
    (schema || !asksSchema(seen)) &&
    (!tenant || seen.tenant === tenant) &&
    (!outcome || bad || slow || seen.outcome === outcome) &&
    seen.ms >= least
  );
}
