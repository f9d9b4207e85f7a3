// What became of the last run: the plan's drawing with outcomes, the times as a
// waterfall, and how complete the answer is, in words.

import { canvas } from "./canvas.js";
import { details } from "./details.js";
import { element, notice } from "./dom.js";
import { download } from "./saving.js";
import { problems, sized, timed } from "./wording.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").Answered} Answered */

const ASK = "Run a query: what became of each of its steps stands here.";
const NO_PLAN =
  "The answer came without its plan. It is asked for while a panel is open: run the " +
  "query again. If this stays, plans are not shown to this caller (plan.when of the " +
  "deployment, or --dev), or the answer was refused before it had one.";

/**
 * @param {HTMLElement} place
 * @param {Context} context
 */
export function mount(place, context) {
  const said = element("div", { class: "said" });
  const aside = element("div", { class: "aside", hidden: "" });
  const graph = canvas("Run", choose);
  const times = canvas("Waterfall", choose);
  const pictures = element("div", { class: "pictures" }, graph.element, times.element);
  place.append(element("div", { class: "stack" }, said, pictures, aside));
  /** @type {any} */
  let plan;
  /** @type {Answered | undefined} */
  let shown;
  let asking = new AbortController();

  /** @param {string} step */
  function choose(step) {
    const found = plan?.steps?.find((/** @type {any} */ one) => one.id === step);
    graph.mark(step);
    times.mark(step);
    const more = { left_out: plan?.left_out?.[step], step };
    aside.replaceChildren(details(step, { ...found, ...more }));
    aside.hidden = false;
    context.announce(`Details of ${step} stand below the drawings.`);
  }

  async function look() {
    const answered = context.answered();
    if (!context.isShown() || answered === shown) return;
    shown = answered;
    aside.hidden = true;
    asking.abort();
    asking = new AbortController();
    if (!answered) {
      pictures.hidden = true;
      return said.replaceChildren(notice(ASK));
    }
    plan = answered.answer.extensions?.plan;
    said.replaceChildren(...summary(answered));
    pictures.hidden = !plan;
    if (plan) await draw(answered, asking.signal);
    else said.append(element("p", { class: "faint" }, NO_PLAN));
  }

  /**
   * @param {Answered} answered
   * @param {AbortSignal} signal
   */
  async function draw({ answer }, signal) {
    const { completeness } = answer.extensions ?? {};
    place.setAttribute("aria-busy", "true");
    try {
      const found = await context.ask("drawing", { plan, completeness }, { signal });
      if (signal.aborted) return;
      graph.show(found.drawing);
      times.element.hidden = !found.waterfall;
      if (found.waterfall) times.show(found.waterfall);
      const words = [found.words ?? []].flat().map(String);
      const lines = words.map((line) => element("li", {}, line));
      said.append(element("ul", { class: "words" }, ...lines));
      context.announce(words.slice(0, 3).join(" ") || "The run is drawn.");
    } catch (problem) {
      if (signal.aborted) return;
      shown = undefined;
      pictures.hidden = true;
      said.append(notice(`No drawing: ${/** @type {Error} */ (problem).message}`));
    } finally {
      place.setAttribute("aria-busy", "false");
    }
  }

  context.onAnswer(() => void look());
  context.onShown(() => void look());
  shown = /** @type {any} */ (null); // nothing was looked at yet
  void look();
}

/**
 * @param {Answered} answered
 * @returns {HTMLElement[]}
 */
function summary({ answer, size, elapsed }) {
  const save = element("button", { type: "button" }, "Save the answer");
  save.addEventListener("click", () =>
    download(JSON.stringify(answer, null, 2), "answer.json", "application/json"),
  );
  const words = `${sized(size)} after ${timed(elapsed)}. `;
  const errors = answer.errors ?? [];
  const line = element("p", { class: "faint" }, words, save);
  return errors.length ? [line, problems(errors)] : [line];
}
