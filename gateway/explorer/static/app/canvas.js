// A drawing to be looked at: pan, zoom and fit, by hand and by key, and its steps walked
// one after the other. A drawing of hundreds of steps is one stop for the Tab key.

import { drawing, element } from "./dom.js";
import { save } from "./saving.js";

const ZOOM = { least: 0.05, most: 4, step: 1.25 };

/**
 * @typedef {object} Canvas
 * @property {HTMLElement} element
 * @property {(svg: string) => void} show puts another drawing in the place of this one
 * @property {() => void} clear
 * @property {(step: string | undefined) => void} mark shows which step is looked at
 */

/**
 * A place for drawings of the gateway.
 * @param {string} label what is drawn, for who listens instead of looking
 * @param {(step: string) => void} chosen a step was clicked, or Enter pressed on it
 * @returns {Canvas}
 */
export function canvas(label, chosen) {
  const view = element("div", { class: "view", role: "region", "aria-label": label });
  view.tabIndex = 0;
  /** @type {SVGSVGElement | undefined} */
  let drawn;
  let size = { width: 1, height: 1 };
  let zoom = 1;
  let fitted = true;

  /** @param {number} to */
  function scale(to) {
    if (!drawn) return;
    zoom = Math.min(Math.max(to, ZOOM.least), ZOOM.most);
    drawn.setAttribute("width", String(size.width * zoom));
    drawn.setAttribute("height", String(size.height * zoom));
  }

  /** @param {number} by */
  function zoomed(by) {
    fitted = false;
    const middle = {
      x: (view.scrollLeft + view.clientWidth / 2) / zoom,
      y: (view.scrollTop + view.clientHeight / 2) / zoom,
    };
    scale(zoom * by);
    view.scrollLeft = middle.x * zoom - view.clientWidth / 2;
    view.scrollTop = middle.y * zoom - view.clientHeight / 2;
  }

  function fit() {
    fitted = true;
    if (!view.clientWidth) return; // not to be seen now
    const room = { width: view.clientWidth - 4, height: view.clientHeight - 4 };
    scale(Math.min(1, room.width / size.width, room.height / size.height));
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    "+": () => zoomed(ZOOM.step),
    "=": () => zoomed(ZOOM.step),
    "-": () => zoomed(1 / ZOOM.step),
    0: fit,
  };
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key] ?? stepping(view, event.key, chosen);
    if (!act) return;
    event.preventDefault();
    act();
  });
  view.addEventListener("click", (event) => {
    const step = stepOf(event.target);
    if (step) chosen(step.dataset.step ?? "");
  });
  view.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return; // without it the wheel scrolls, as everywhere
      event.preventDefault();
      zoomed(event.deltaY < 0 ? ZOOM.step : 1 / ZOOM.step);
    },
    { passive: false },
  );
  dragged(view);
  new ResizeObserver(() => fitted && fit()).observe(view);

  const tools = element("div", { class: "tools", role: "toolbar", "aria-label": label });
  tools.append(
    tool("Fit", "Fit the whole drawing (0)", fit),
    tool("+", "Larger (+)", () => zoomed(ZOOM.step)),
    tool("−", "Smaller (-)", () => zoomed(1 / ZOOM.step)),
    tool("Save", "Save the drawing as an SVG file", () => drawn && save(drawn)),
  );

  return {
    element: element("div", { class: "canvas" }, tools, view),
    show: (svg) => {
      drawn = drawing(svg);
      size = { width: drawn.viewBox.baseVal.width, height: drawn.viewBox.baseVal.height };
      const { activeElement } = document;
      const focused = view.contains(activeElement) ? stepOf(activeElement) : undefined;
      prepared(drawn);
      view.replaceChildren(drawn);
      if (fitted) fit();
      else scale(zoom);
      if (focused) found(view, focused.dataset.step)?.focus();
    },
    clear: () => {
      drawn = undefined;
      view.replaceChildren();
    },
    mark: (step) => {
      for (const one of steps(view)) {
        one.setAttribute("aria-pressed", String(one.dataset.step === step));
      }
    },
  };
}

/**
 * @param {string} words
 * @param {string} label
 * @param {() => void} act
 */
function tool(words, label, act) {
  const made = element("button", { type: "button", "aria-label": label, title: label }, words);
  made.addEventListener("click", act);
  return made;
}

/** @typedef {SVGElement & {dataset: {step?: string}}} StepElement */

/**
 * @param {ParentNode} within
 * @returns {StepElement[]}
 */
function steps(within) {
  return /** @type {any} */ ([...within.querySelectorAll("[data-step]")]);
}

/**
 * @param {EventTarget | null} target
 * @returns {StepElement | null}
 */
function stepOf(target) {
  return target instanceof Element ? target.closest("[data-step]") : null;
}

/**
 * @param {ParentNode} within
 * @param {string | undefined} step
 */
function found(within, step) {
  return steps(within).find((one) => one.dataset.step === step);
}

/**
 * Steps become buttons, of which the Tab key finds the first.
 * @param {SVGSVGElement} drawn
 */
function prepared(drawn) {
  steps(drawn).forEach((step, number) => {
    step.setAttribute("role", "button");
    step.setAttribute("aria-pressed", "false");
    step.setAttribute("tabindex", number ? "-1" : "0");
  });
}

/**
 * What a key does on a step: the next one, the one before, its details.
 * @param {HTMLElement} view
 * @param {string} key
 * @param {(step: string) => void} chosen
 * @returns {(() => void) | undefined}
 */
function stepping(view, key, chosen) {
  const all = steps(view);
  const at = all.findIndex((one) => one === document.activeElement);
  if (at < 0) return undefined;
  if (key === "Enter" || key === " ") return () => chosen(all[at].dataset.step ?? "");
  const to = {
    ArrowRight: at + 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 1,
    ArrowUp: at - 1,
    Home: 0,
    End: all.length - 1,
  }[key];
  if (to === undefined || !all[to]) return undefined;
  return () => {
    all[at].setAttribute("tabindex", "-1");
    all[to].setAttribute("tabindex", "0");
    all[to].focus();
    all[to].scrollIntoView({ block: "nearest", inline: "nearest" });
  };
}

/**
 * The ground is taken and moved by hand.
 * @param {HTMLElement} view
 */
function dragged(view) {
  view.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || stepOf(event.target)) return;
    const from = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
    view.setPointerCapture(event.pointerId);
    view.onpointermove = (moving) => {
      view.scrollLeft = from.x - moving.clientX;
      view.scrollTop = from.y - moving.clientY;
    };
  });
  view.addEventListener("pointerup", () => (view.onpointermove = null));
  view.addEventListener("pointercancel", () => (view.onpointermove = null));
}
