// What a check and a dry run found: problems that lead to their lines, pictures, words.

import { canvas } from "./canvas.js";
import { drawing, element, notice } from "./dom.js";

const MOST = 200; // problems that are listed

/**
 * @param {HTMLElement} parent
 * @param {any} found what `check` answers
 * @param {string} file the file that is open, as problems call it
 * @param {(line: number, column: number) => void} go
 */
export function problemsIn(parent, found, file, go) {
  /** @type {any[]} */
  const problems = found.problems;
  const own = problems.filter((one) => one.file === file);
  const others = problems.filter((one) => one.file !== file);
  const title = element("h3", {}, own.length ? `Problems (${own.length})` : "No problems here");
  const rows = own.slice(0, MOST).map((one) => {
    const row = element("button", { type: "button" }, place(one), ` ${one.message}`);
    row.append(element("span", { class: tone(one) }, ` ${one.severity}`), hint(one));
    row.addEventListener("click", () => go(one.line, one.column));
    return element("li", {}, row);
  });
  parent.replaceChildren(title, element("ul", {}, ...rows));
  if (others.length) parent.append(elsewhere(others, found.more));
}

/** @param {any} one */
function place(one) {
  return element("code", {}, `${one.line}:${one.column}`);
}

/** @param {any} one */
function hint(one) {
  return element("span", { class: "faint" }, one.hint ? ` — ${one.hint}` : "");
}

/** @param {any} one */
function tone(one) {
  return one.severity === "error" ? "bad" : "warn";
}

/**
 * @param {any[]} problems
 * @param {number} [more]
 */
export function elsewhere(problems, more = 0) {
  const rows = problems.slice(0, MOST).map((one) => {
    const at = element("code", {}, `${one.file}:${one.line}:${one.column}`);
    const severity = element("span", { class: tone(one) }, ` ${one.severity}`);
    return element("li", {}, at, ` ${one.message}`, severity, hint(one));
  });
  const count = problems.length + more;
  const title = element("summary", {}, `Problems in other files: ${count}`);
  return element("details", { open: "" }, title, element("ul", {}, ...rows));
}

/**
 * @param {HTMLElement} parent
 * @param {any[]} graphs
 * @param {(line: number, column: number) => void} go where a step is written
 */
export function graphsIn(parent, graphs, go) {
  const all = graphs.map((one) => {
    const title = `Steps of ${one.name}`;
    const drawn = canvas(title, (id) => {
      const step = one.plan.steps.find((/** @type {any} */ known) => known.id === id);
      const at = /:(\d+):(\d+)$/.exec(step?.defined_at ?? "");
      if (at) go(Number(at[1]), Number(at[2]));
    });
    drawn.show(one.drawing);
    return element("div", {}, element("h3", {}, title), drawn.element);
  });
  if (all.length) parent.replaceChildren(...all);
  else parent.replaceChildren(notice("Its steps are drawn here once it compiles."));
}

/**
 * @param {string} svg
 * @param {string} label
 */
export function picture(svg, label) {
  const attributes = { class: "view", role: "region", "aria-label": label, tabindex: "0" };
  return element("div", attributes, drawing(svg));
}

/**
 * @param {HTMLElement} parent
 * @param {any} found what `dry-run` answers
 */
export function plannedIn(parent, found) {
  const title = element("h3", {}, "The query under these edits; nothing was called");
  parent.replaceChildren(title);
  for (const { message, locations } of found.errors ?? []) {
    const at = (locations ?? []).map((/** @type {any} */ l) => ` ${l.line}:${l.column}`).join("");
    parent.append(element("p", { class: "bad" }, message + at));
  }
  if (found.problems?.length) parent.append(elsewhere(found.problems));
  if (!found.plan) return;
  const drawn = canvas("Plan under these edits", () => {});
  drawn.show(found.drawing);
  parent.append(drawn.element);
  const { cost, critical_path: path } = found.plan;
  const words = `Cost ${cost?.total ?? "unknown"}, calls ${cost?.calls ?? "unknown"}`;
  parent.append(element("p", { class: "faint" }, `${words}. Longest: ${path.join(" > ")}`));
}
