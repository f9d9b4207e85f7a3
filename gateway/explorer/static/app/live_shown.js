// One request as it went: its steps on a line of time, and its plan as a picture.

import { drawing, element, notice } from "./dom.js";
import { clock, nameOf, toneOf } from "./live_list.js";

/** @typedef {import("./live_list.js").Seen} Seen */

const PHASES = ["queue", "connect", "wait", "read", "decode"];

/** The place where it is shown. */
export class RequestShown {
  /** @type {AbortController | undefined} */
  #asking;
  element = element("section", { class: "shown", "aria-label": "The chosen request" });

  /** @param {import("./types.js").Context} context */
  constructor(context) {
    this.context = context;
    this.element.append(notice("Choose a request to see what its steps did."));
  }

  /** @param {Seen} seen */
  show(seen) {
    const plan = element("div", { class: "picture" }, "Its plan is being drawn…");
    this.element.replaceChildren(title(seen), facts(seen), waterfall(seen), plan);
    const { outcome, ms, steps } = seen;
    const words = `${nameOf(seen)}: ${outcome}, ${Math.round(ms)} ms, ${steps.length} steps.`;
    this.context.announce(words);
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    void this.#draw(seen, plan, signal);
  }

  /**
   * @param {Seen} seen
   * @param {HTMLElement} place
   * @param {AbortSignal} signal
   */
  async #draw(seen, place, signal) {
    try {
      const path = `requests/${encodeURIComponent(seen.id)}`;
      const known = await this.context.ask(path, undefined, { signal });
      if (!known.plan) {
        place.replaceChildren(notice("It has no plan that was kept."));
        return;
      }
      const drawn = await this.context.ask("drawing", { plan: known.plan }, { signal });
      place.replaceChildren(drawing(drawn.drawing));
    } catch (problem) {
      if (signal.aborted) return;
      place.replaceChildren(notice(/** @type {Error} */ (problem).message));
    }
  }
}

/** @param {Seen} seen */
function title(seen) {
  return element("h2", {}, nameOf(seen));
}

/** @param {Seen} seen */
function facts(seen) {
  const list = element("dl");
  /**
   * @param {string} name
   * @param {unknown} value
   * @param {string} [tone]
   */
  function fact(name, value, tone = "") {
    if (value === null || value === undefined || value === "") return;
    list.append(element("dt", {}, name), element("dd", { class: tone }, String(value)));
  }
  fact("outcome", seen.slow ? `${seen.outcome}, slow` : seen.outcome, toneOf(seen));
  fact("took", `${seen.ms} ms`);
  fact("at", clock(seen.at));
  fact("tenant", seen.tenant);
  fact("client", seen.client);
  fact("request", seen.request_id);
  fact("trace", seen.trace);
  fact("generation", seen.generation);
  for (const { code, path } of seen.errors ?? []) {
    fact("error", path ? `${code} at ${path}` : code, "bad");
  }
  return list;
}

/**
 * Each step a line: when it began, how long it took, what came of it.
 * @param {Seen} seen
 */
export function waterfall(seen) {
  /** @type {any[]} */
  const steps = seen.steps ?? [];
  if (!steps.length) return notice("Nothing of it ran.");
  const whole = Math.max(seen.ms, ...steps.map((step) => step.at + step.ms), 0.01);
  const titles = ["Step", "Source", `0 to ${round(whole)} ms`, "ms", "Came"];
  const table = element(
    "table",
    { class: "waterfall" },
    element("caption", { class: "unseen" }, "Its steps, as they began"),
    element(
      "thead",
      {},
      element("tr", {}, ...titles.map((one) => element("th", { scope: "col" }, one))),
    ),
  );
  const body = element("tbody", {}, ...steps.map((step) => line(step, whole)));
  table.append(body);
  if (!seen.more_steps) return table;
  return element("div", {}, table, notice(`and ${seen.more_steps} more steps`));
}

/**
 * @param {any} step
 * @param {number} whole ms
 */
function line(step, whole) {
  const good = ["upstream", "cache", "static", "shared"].includes(step.came);
  const instead = ["stale", "fallback"].includes(step.came);
  const skipped = String(step.came).startsWith("skipped");
  const kind = good ? "good" : instead ? "warn" : skipped ? "faint" : "bad";
  const tries = step.tries ?? [];
  const bars = element("div", { class: "bars", "aria-hidden": "true" });
  bars.append(bar(`span ${kind}`, step.at, step.ms, whole));
  for (const one of tries) bars.append(...attempt(one, whole));
  const again = tries.length > 1 ? `, ${tries.length} attempts` : "";
  const words = `from ${round(step.at)} ms${again}`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, ...breaking(step.step)),
    element("td", {}, step.source ?? ""),
    element("td", { class: "time" }, bars, element("span", { class: "unseen" }, words)),
    element("td", { class: "number" }, round(step.ms)),
    element("td", { class: kind }, `${step.came}${again}`),
  );
}

/**
 * A name that goes on in the next line after a dot, where it has to.
 * @param {string} name
 */
function breaking(name) {
  return name.split(/(?<=\.)/).flatMap((part) => [element("wbr"), part]);
}

/**
 * The phases of one attempt, one after the other.
 * @param {any} one
 * @param {number} whole ms
 */
function attempt(one, whole) {
  let at = one.at;
  return PHASES.filter((phase) => one[phase]).map((phase) => {
    const made = bar(`phase ${phase}`, at, one[phase], whole);
    made.title = `${phase} ${round(one[phase])} ms`;
    at += one[phase];
    return made;
  });
}

/**
 * @param {string} kind
 * @param {number} at ms
 * @param {number} long ms
 * @param {number} whole ms
 */
function bar(kind, at, long, whole) {
  const made = element("div", { class: kind });
  made.style.left = `${(100 * at) / whole}%`;
  made.style.width = `${Math.max(0.3, (100 * long) / whole)}%`;
  return made;
}

/** @param {number} ms */
function round(ms) {
  return ms >= 10 ? String(Math.round(ms)) : ms.toFixed(1);
}
