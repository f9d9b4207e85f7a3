// The tabs above the page and the panel beside the query: which one is seen, how wide it
// is, and the keys for both. Knows nothing of what is in a panel.

import { announce, contextOf } from "./context.js";
import { element, known, notice } from "./dom.js";
import { keep, kept } from "./kept.js";

/** @typedef {import("./types.js").Panel} Panel */

/** @type {Panel[]} */
const PANELS = [
  { id: "plan", name: "Plan", wide: false, load: () => import("./plan.js") },
  { id: "run", name: "Run", wide: false, load: () => import("./run.js") },
  { id: "live", name: "Live", wide: true, load: () => import("./live.js") },
  { id: "bench", name: "Workbench", wide: true, load: () => import("./bench.js") },
  { id: "compare", name: "Compare", wide: true, load: () => import("./compare.js") },
];
const WIDTH = { least: 20, most: 80, usual: 45, step: 5 }; // percent of the page

/**
 * Puts tabs and panels into the page, and shows what the address or the last visit says.
 * @param {import("./context.js").State} state
 */
export function startPanels(state) {
  const frame = known("frame");
  /** @type {Set<string>} */
  const mounted = new Set();
  const whole = /** @type {HTMLButtonElement} */ (known("whole"));
  const open = /** @type {HTMLButtonElement} */ (known("open"));
  let last = PANELS[0];

  /** @param {Panel | undefined} panel */
  function show(panel) {
    for (const one of PANELS) {
      const selected = one === panel;
      known(`tab-${one.id}`).setAttribute("aria-selected", String(selected));
      known(`tab-${one.id}`).tabIndex = one === (panel ?? last) ? 0 : -1;
      known(`panel-${one.id}`).hidden = !selected;
    }
    last = panel ?? last;
    frame.classList.toggle("closed", !panel);
    widen(Boolean(panel?.wide));
    open.textContent = panel ? "Hide panel" : "Show panel";
    open.setAttribute("aria-expanded", String(Boolean(panel)));
    keep("headwater:panel", panel?.id ?? "");
    history.replaceState(null, "", panel ? `#${panel.id}` : "#");
    if (panel && !mounted.has(panel.id)) {
      mounted.add(panel.id);
      void mount(panel, state);
    }
    state.see(panel?.id);
  }

  /** @param {boolean} wide */
  function widen(wide) {
    frame.classList.toggle("whole", wide);
    whole.setAttribute("aria-pressed", String(wide));
  }

  known("tabs").append(...PANELS.map((panel) => tab(panel, show)));
  known("panels").append(...PANELS.map(place));
  known("tabs").addEventListener("keydown", (event) => moved(event, show));
  whole.addEventListener("click", () => widen(!frame.classList.contains("whole")));
  open.addEventListener("click", () => show(state.seen ? undefined : last));
  state.open = (id) => show(PANELS.find((panel) => panel.id === id));
  addEventListener("hashchange", () => show(wanted() ?? last));
  startSplitter(frame);
  show(wanted() ?? PANELS.find((panel) => panel.id === kept("headwater:panel")));
}

/** The panel that the address names. */
function wanted() {
  return PANELS.find((panel) => `#${panel.id}` === location.hash);
}

/**
 * @param {Panel} panel
 * @param {(panel: Panel) => void} show
 */
function tab(panel, show) {
  const made = element("button", {
    type: "button",
    role: "tab",
    id: `tab-${panel.id}`,
    "aria-controls": `panel-${panel.id}`,
  });
  made.textContent = panel.name;
  made.addEventListener("click", () => show(panel));
  return made;
}

/** @param {Panel} panel */
function place({ id }) {
  const attributes = { role: "tabpanel", id: `panel-${id}`, class: "panel" };
  return element("section", { ...attributes, "aria-labelledby": `tab-${id}`, tabindex: "0" });
}

/**
 * @param {Panel} panel
 * @param {import("./context.js").State} state
 */
async function mount(panel, state) {
  const where = known(`panel-${panel.id}`);
  try {
    const { mount: into } = await panel.load();
    into(where, contextOf(state, panel.id));
  } catch (problem) {
    reportError(problem);
    const words = `The panel ${panel.name} did not arrive. Reload the page to try again.`;
    where.replaceChildren(notice(words));
    announce(words);
  }
}

/**
 * Arrow keys, Home and End go from tab to tab, as in every list of tabs.
 * @param {KeyboardEvent} event
 * @param {(panel: Panel) => void} show
 */
function moved(event, show) {
  const at = PANELS.findIndex((panel) => document.activeElement?.id === `tab-${panel.id}`);
  const to = {
    ArrowRight: (at + 1) % PANELS.length,
    ArrowLeft: (at + PANELS.length - 1) % PANELS.length,
    Home: 0,
    End: PANELS.length - 1,
  }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  show(PANELS[to]);
  known(`tab-${PANELS[to].id}`).focus();
}

/** @param {HTMLElement} frame */
function startSplitter(frame) {
  const splitter = known("splitter");
  let width = Number(kept("headwater:width")) || WIDTH.usual;

  /** @param {number} percent */
  function set(percent) {
    width = Math.round(Math.min(Math.max(percent, WIDTH.least), WIDTH.most));
    frame.style.setProperty("--panel-width", `${width}%`);
    splitter.setAttribute("aria-valuenow", String(width));
    keep("headwater:width", String(width));
  }

  splitter.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: WIDTH.step, ArrowRight: -WIDTH.step }[event.key];
    if (by) set(width + by);
  });
  splitter.addEventListener("pointerdown", (event) => {
    splitter.setPointerCapture(event.pointerId);
    splitter.onpointermove = (moving) =>
      set((1 - moving.clientX / frame.clientWidth) * 100);
  });
  splitter.addEventListener("pointerup", () => (splitter.onpointermove = null));
  splitter.setAttribute("aria-valuemin", String(WIDTH.least));
  splitter.setAttribute("aria-valuemax", String(WIDTH.most));
  set(width);
}
