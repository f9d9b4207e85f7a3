// What is known of one step, as text.

import { element } from "./dom.js";

const TOLD = [
  ["type", "Type"],
  ["source", "Source"],
  ["role", "Role"],
  ["status", "Came to"],
  ["because", "Because"],
  ["provenance", "Out of"],
  ["attempts", "Attempts"],
  ["started_ms", "Began after, ms"],
  ["elapsed_ms", "Took, ms"],
  ["inputs", "Inputs"],
  ["reads", "Reads"],
  ["policy", "Rules"],
  ["cache", "Cache"],
  ["owner", "Owner"],
  ["keys", "Keys"],
  ["fields", "Gives"],
];

/**
 * @param {string} id
 * @param {Record<string, any> | undefined} step
 * @param {Record<string, any>} [more] what is known of it besides
 */
export function details(id, step, more = {}) {
  const known = { ...more, ...step };
  const rows = TOLD.filter(([key]) => !isNothing(known[key])).map(([key, name]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", {}, told(known[key])),
    ),
  );
  /** @type {HTMLElement[]} */
  const parts = [element("h2", {}, known.step ?? id)];
  if (known.left_out) {
    const words = `Left out: ${String(known.left_out).replaceAll("_", " ")}.`;
    parts.push(element("p", { class: "faint" }, words));
  }
  const place = known.file ? `${known.file}:${known.line}` : known.defined_at;
  if (place) parts.push(element("h3", {}, element("code", {}, place)));
  if (known.yaml) parts.push(element("pre", { tabindex: "0" }, known.yaml));
  if (rows.length) parts.push(element("table", {}, element("tbody", {}, ...rows)));
  return element("div", { class: "details" }, ...parts);
}

/** @param {any} value */
function isNothing(value) {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/**
 * A value as words: maps by line, lists in one.
 * @param {any} value
 * @returns {Node}
 */
function told(value) {
  if (typeof value !== "object" || value === null) {
    return document.createTextNode(String(value));
  }
  if (Array.isArray(value)) return document.createTextNode(value.map(flat).join(", "));
  const lines = Object.entries(value).map(([key, one]) =>
    element("li", {}, element("code", {}, key), ` ${flat(one)}`),
  );
  return element("ul", {}, ...lines);
}

/**
 * @param {any} value
 * @returns {string}
 */
function flat(value) {
  if (Array.isArray(value)) return value.map(flat).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}: ${flat(one)}`)
    .join(", ");
}
