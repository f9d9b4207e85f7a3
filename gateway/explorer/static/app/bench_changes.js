// What an edit would change, the gravest first: by words and signs besides colour.

import { elsewhere } from "./bench_shown.js";
import { element, notice } from "./dom.js";

/** @type {Record<string, [sign: string, tone: string]>} */
const LEVELS = {
  breaking: ["✗ breaking", "bad"],
  dangerous: ["! dangerous", "warn"],
  safe: ["✓ safe", "good"],
};

/**
 * @param {HTMLElement} parent
 * @param {any} found what `diff` answers
 */
export function changesIn(parent, found) {
  if (found.problems) {
    const words = `What would change is known once these are mended (${found.side}).`;
    parent.replaceChildren(element("p", {}, words), elsewhere(found.problems));
    return;
  }
  if (!found.changes.length) {
    parent.replaceChildren(notice("These edits change nothing."));
    return;
  }
  const rows = found.changes.map((/** @type {any} */ one) => {
    const [sign, tone] = LEVELS[one.level] ?? [one.level, "faint"];
    const at = one.now_at ?? one.was_at ?? "";
    return element(
      "tr",
      {},
      element("td", { class: tone }, sign),
      element("td", {}, one.message, element("div", { class: "faint" }, at)),
    );
  });
  const head = element(
    "tr",
    {},
    element("th", { scope: "col" }, "Level"),
    element("th", { scope: "col" }, "Change"),
  );
  const counts = Object.entries(found.counts).map(([level, count]) => `${count} ${level}`);
  parent.replaceChildren(
    element("h3", {}, `What would change: ${counts.join(", ")}`),
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)),
  );
}
