// What the gateway says, in words for people; never as markup.

import { element } from "./dom.js";

/**
 * The variables that were typed.
 * @param {string} text
 * @returns {Record<string, any> | undefined}
 */
export function variablesOf(text) {
  if (!text.trim()) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The variables are no JSON yet.");
  }
}

/**
 * The errors of a query, each with where it is.
 * @param {any[]} errors
 */
export function problems(errors) {
  const lines = errors.slice(0, 20).map((error) => {
    const at = error.locations?.[0];
    const where = at ? ` (line ${at.line}, column ${at.column})` : "";
    const path = error.path ? ` at ${error.path.join(".")}` : "";
    return element("li", {}, `${error.message}${where}${path}`);
  });
  const more = errors.length > 20 ? [element("li", {}, `and ${errors.length - 20} more`)] : [];
  return element("ul", { class: "problems bad" }, ...lines, ...more);
}

/**
 * @param {number} characters
 */
export function sized(characters) {
  if (characters < 10_000) return `${characters.toLocaleString("en")} characters`;
  if (characters < 1_000_000) return `${Math.round(characters / 1000)} kB`;
  return `${(characters / 1_000_000).toFixed(1)} MB`;
}

/**
 * A time as people say it.
 * @param {number} milliseconds
 */
export function timed(milliseconds) {
  if (milliseconds < 10_000) return `${Math.round(milliseconds)} ms`;
  return `${Math.round(milliseconds / 100) / 10} s`;
}
