// The plan of what stands in the editor, drawn anew as it is typed. Nothing is called:
// the gateway is asked for a dry run.

import { canvas } from "./canvas.js";
import { details } from "./details.js";
import { element, notice } from "./dom.js";
import { somebody } from "./somebody.js";
import { problems, timed, variablesOf } from "./wording.js";

/** @typedef {import("./types.js").Context} Context */

const PAUSE = 300; // ms without a key until the gateway is asked

/**
 * @param {HTMLElement} place
 * @param {Context} context
 */
export function mount(place, context) {
  const said = element("div", { class: "said" });
  const aside = element("div", { class: "aside", hidden: "" });
  const who = somebody(() => later());
  const drawn = canvas("Plan", choose);
  place.append(element("div", { class: "stack" }, who.element, said, drawn.element, aside));
  /** @type {any} */
  let shown;
  /** @type {string | undefined} */
  let chosen;
  let asking = new AbortController();
  let waiting = 0;
  let last = "";

  /** @param {string} step */
  function choose(step) {
    chosen = step;
    drawn.mark(step);
    aside.replaceChildren(details(step, shown.steps?.[step], planned(shown.plan, step)));
    aside.hidden = false;
    context.announce(`Details of ${step} stand below the drawing.`);
  }

  /** @param {...(Node | string)} words */
  function say(...words) {
    said.replaceChildren(...words);
    place.setAttribute("aria-busy", "false");
  }

  function later() {
    if (!context.isShown()) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), PAUSE);
  }

  async function look(again = false) {
    clearTimeout(waiting);
    if (!context.isShown()) return;
    let body;
    try {
      body = bodyOf(context.asked(), who.as());
    } catch (problem) {
      return say(notice(/** @type {Error} */ (problem).message));
    }
    const now = JSON.stringify([body, context.asked().headers]);
    if (now === last && !again) return;
    last = now;
    asking.abort();
    if (!isQuery(body.query)) {
      drawn.clear();
      return say(notice("Type a query: its plan is drawn here, and nothing is called."));
    }
    asking = new AbortController();
    await ask(body, asking.signal);
  }

  /**
   * @param {object} body
   * @param {AbortSignal} signal
   */
  async function ask(body, signal) {
    place.setAttribute("aria-busy", "true");
    try {
      const found = await context.ask("plan", body, { signal });
      if (!signal.aborted) take(found);
    } catch (problem) {
      if (signal.aborted) return; // a later question is on its way
      drawn.clear();
      aside.hidden = true;
      last = "";
      say(notice(`No plan: ${/** @type {Error} */ (problem).message}`));
    }
  }

  /** @param {any} found */
  function take(found) {
    const wrong = found.errors?.length ? [problems(found.errors)] : [];
    drawn.element.classList.toggle("old", !found.plan);
    if (!found.plan) return say(...wrong);
    shown = found;
    drawn.show(found.drawing);
    const words = estimated(found.estimate?.whole);
    say(...wrong, element("p", { class: "faint" }, words));
    context.announce(`The plan has ${found.plan?.steps?.length ?? 0} steps. ${words}`);
    if (chosen === undefined || aside.hidden) return;
    if (found.steps?.[chosen]) choose(chosen);
    else aside.hidden = true;
  }

  context.onChange(later);
  context.onShown(() => void look());
  context.onAnswer(() => void look(true)); // what was measured since
  void look();
}

/**
 * @param {import("./types.js").Asked} asked
 * @param {Record<string, any> | undefined} as
 */
function bodyOf({ query, variables, operationName }, as) {
  return { query, variables: variablesOf(variables), operationName, as };
}

/**
 * Whether there is anything but comments and space.
 * @param {string} query
 */
function isQuery(query) {
  return /[^\s,]/.test(query.replaceAll(/#.*$/gm, ""));
}

/**
 * What the plan itself says of a step.
 * @param {any} plan
 * @param {string} step
 */
function planned(plan, step) {
  const found = plan?.steps?.find((/** @type {any} */ one) => one.id === step);
  return { left_out: plan?.left_out?.[step], ...found, step: found?.id ?? step };
}

/** @param {any} whole */
function estimated(whole) {
  if (!whole) return "";
  const { p50_ms: half, p95_ms: most, at_most_ms: limit } = whole;
  const bound = limit === undefined ? "" : `, at most ${timed(limit)}`;
  if (half === undefined) return `Not measured yet${bound}.`;
  return `As measured: half within ${timed(half)}, 95 % within ${timed(most)}${bound}.`;
}
