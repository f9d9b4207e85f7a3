// The list of profiles, each with how it stands.

import { element } from "./dom.js";

/** @type {Record<string, string>} */
const STATES = {
  serves: "",
  stale: "an older version serves",
  broken: "broken",
  unused: "gives nothing",
  new: "new",
};

/**
 * @param {HTMLElement} parent
 * @param {any[]} files
 * @param {{current: string | undefined, edited: Set<string>, open: (path: string) => void}} how
 */
export function filesIn(parent, files, { current, edited, open }) {
  const focused = parent.contains(document.activeElement);
  const rows = files.map((file) => {
    const words = [STATES[file.state] ?? file.state];
    if (file.errors) words.push(`errors: ${file.errors}`);
    if (file.warnings) words.push(`warnings: ${file.warnings}`);
    if (edited.has(file.path)) words.push("edited");
    const state = words.filter(Boolean).join(", ");
    const row = element("button", { type: "button" }, file.path);
    if (state) row.append(element("span", { class: tone(file, edited) }, state));
    if (file.path === current) row.setAttribute("aria-current", "true");
    row.addEventListener("click", () => open(file.path));
    return element("li", {}, row);
  });
  parent.replaceChildren(element("ul", {}, ...rows));
  if (focused) {
    /** @type {HTMLElement | null} */ (parent.querySelector("[aria-current]"))?.focus();
  }
}

/**
 * @param {any} file
 * @param {Set<string>} edited
 */
function tone(file, edited) {
  if (file.errors || file.state === "broken") return "bad";
  return file.warnings || file.state === "stale" || edited.has(file.path) ? "warn" : "faint";
}
