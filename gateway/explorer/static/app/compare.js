// Two looks at one query, side by side: two audiences, or what serves and what does not
// yet. Differences are marked by words and signs besides colour.

import { picture } from "./bench_shown.js";
import { element, notice } from "./dom.js";
import { somebody } from "./somebody.js";

/** @typedef {import("./types.js").Context} Context */

/** @type {Record<string, string>} */
const SIGNS = {
  added: "+ only on the right",
  removed: "- only on the left",
  changed: "± changed",
};
/** @type {Record<string, string>} */
const TONES = { added: "good", removed: "bad", changed: "warn" };

const SIDES = ["Key", "Left", "Right"];

/**
 * @param {HTMLElement} root
 * @param {Context} context
 */
export function mount(root, context) {
  const left = side("Left");
  const right = side("Right");
  const found = element("div", { class: "found" });
  const act = element("button", { type: "submit" }, "Compare");
  const form = element("form", { class: "sides" }, left.element, right.element, act);
  const words = "The query in the editor is planned twice; nothing is called.";
  root.replaceChildren(element("p", { class: "faint" }, words), form, found);
  let turn = 0;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const mine = ++turn;
    try {
      const { query, variables, operationName } = context.asked();
      const given = variables.trim() ? JSON.parse(variables) : {};
      const asking = { query, variables: given, operationName };
      const sides = { left: left.said(), right: right.said() };
      const told = await context.ask("compare", { ...asking, ...sides });
      if (mine === turn) context.announce(shown(found, told));
    } catch (problem) {
      if (mine !== turn) return;
      const said = problem instanceof Error ? problem.message : String(problem);
      found.replaceChildren(element("p", { class: "bad", role: "alert" }, said));
    }
  });
}

/** @param {string} name */
function side(name) {
  const of = element(
    "select",
    {},
    element("option", { value: "serving" }, "what serves now"),
    element("option", { value: "disk" }, "the files on disk"),
    element("option", { value: "active" }, "the active release"),
    element("option", { value: "previous" }, "the release before it"),
    element("option", { value: "" }, "a release by its id"),
  );
  const id = element("input", { type: "text", placeholder: "567e08dd887a", "aria-label": `${name}: id of the release` });
  id.hidden = true;
  of.addEventListener("change", () => (id.hidden = of.value !== ""));
  const who = somebody(() => {}, `${name}: as someone else`);
  return {
    element: element(
      "fieldset",
      {},
      element("legend", {}, name),
      element("label", {}, "Under ", of),
      id,
      who.element,
    ),
    said: () => ({ of: of.value || id.value.trim() || "serving", as: who.as() }),
  };
}

/**
 * @param {HTMLElement} parent
 * @param {any} told
 * @returns {string} what it comes to, in words
 */
function shown(parent, told) {
  /** @type {any[]} */
  const steps = told.steps.filter((/** @type {any} */ one) => one.mark !== "same");
  const count = steps.length + told.otherwise.length + told.schema.length;
  const words = count ? `Differences: ${count}` : "No difference";
  const sides = element(
    "div",
    { class: "pair" },
    column("Left", told.left),
    column("Right", told.right),
  );
  parent.replaceChildren(element("h2", {}, words), sides);
  for (const one of told.problems ?? []) {
    const at = `${one.file}:${one.line}:${one.column}`;
    parent.append(element("p", { class: "warn" }, element("code", {}, at), ` ${one.message}`));
  }
  if (steps.length) {
    const rows = steps.flatMap(rowsOf);
    parent.append(element("h3", {}, "Steps"), table(rows, ["Step", "Mark", ...SIDES]));
  }
  if (told.otherwise.length) {
    const rows = told.otherwise.map(besides);
    parent.append(element("h3", {}, "Besides"), table(rows, SIDES));
  }
  if (told.schema.length) {
    parent.append(element("h3", {}, "Schema"), schemaOf(told.schema));
  }
  if (!count && told.left.plan && told.right.plan) {
    parent.append(notice("Both plans and both schemas are the same."));
  }
  return words;
}

/**
 * @param {string} name
 * @param {any} one
 */
function column(name, one) {
  const made = element("section", { "aria-label": `${name} plan` }, element("h3", {}, name));
  for (const { message } of one.errors) made.append(element("p", { class: "bad" }, message));
  if (one.drawing) made.append(picture(one.drawing, `${name} plan`));
  return made;
}

/** @param {any} step */
function rowsOf(step) {
  const sign = SIGNS[step.mark] ?? step.mark;
  const tone = TONES[step.mark] ?? "faint";
  if (!step.keys.length) return [row(step.id, sign, {}, tone)];
  return step.keys.map((/** @type {any} */ key, /** @type {number} */ n) =>
    row(n ? "" : step.id, n ? "" : sign, key, tone),
  );
}

/**
 * @param {string} id
 * @param {string} sign
 * @param {any} key
 * @param {string} [tone]
 */
function row(id, sign, { key = "", left, right, left_at, right_at }, tone = "faint") {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, id),
    element("td", { class: tone }, sign),
    element("td", {}, key),
    value(left, left_at),
    value(right, right_at),
  );
}

/** @param {any} one a difference of no step */
function besides({ key, left, right, left_at, right_at }) {
  const name = element("th", { scope: "row" }, key);
  return element("tr", {}, name, value(left, left_at), value(right, right_at));
}

/**
 * @param {string | null | undefined} text
 * @param {string | null | undefined} at
 */
function value(text, at) {
  const cell = element("td", {}, text ?? (text === null ? "none" : ""));
  if (at) cell.append(element("div", { class: "faint" }, at));
  return cell;
}

/**
 * @param {HTMLElement[]} rows
 * @param {string[]} names of its columns
 */
function table(rows, names) {
  const head = names.map((name) => element("th", { scope: "col" }, name));
  const top = element("thead", {}, element("tr", {}, ...head));
  return element("table", {}, top, element("tbody", {}, ...rows));
}

/** @param {any[]} found */
function schemaOf(found) {
  const rows = found.map((one) => {
    const sign = element("span", { class: TONES[one.mark] ?? "faint" }, SIGNS[one.mark] ?? "");
    const at = element("span", { class: "faint" }, one.at ? ` ${one.at}` : "");
    return element("li", {}, element("code", {}, one.coordinate), " ", sign, at);
  });
  return element("ul", {}, ...rows);
}
