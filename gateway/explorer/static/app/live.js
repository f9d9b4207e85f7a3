// The panel Live: what others ask of this process, and what happens to it.

import { element, notice } from "./dom.js";
import { RequestList } from "./live_list.js";
import { RequestShown } from "./live_shown.js";
import { Standing } from "./live_state.js";
import { Follower } from "./live_stream.js";

/** @typedef {import("./live_stream.js").Told} Told */

const WAITING = 1_000; // events that are held while the reader pauses

/**
 * @param {HTMLElement} place
 * @param {import("./types.js").Context} context
 */
export function mount(place, context) {
  new Live(place, context).start();
}

/** One panel. */
class Live {
  /** @type {Told[]} what came while it is paused, or before the next frame */
  #waiting = [];
  #missed = 0;
  #passed = 0;
  #drawing = false;
  #boot = "";
  #where = "";

  /**
   * @param {HTMLElement} place
   * @param {import("./types.js").Context} context
   */
  constructor(place, context) {
    this.place = place;
    this.context = context;
    this.shown = new RequestShown(context);
    this.standing = new Standing();
    this.list = new RequestList((seen) => this.shown.show(seen));
    this.counts = element("p", { class: "faint counts" });
    this.away = element("p", { class: "warn", role: "status" });
    this.pause = element("button", { type: "button", "aria-pressed": "false" }, "Pause");
    this.pause.addEventListener("click", () => this.#paused());
    this.follower = new Follower(context, {
      events: (events) => this.#came(events),
      standing: (words) => (this.away.textContent = words),
      closed: (words) => this.#closed(words),
    });
  }

  start() {
    this.#open();
    this.context.onShown(() => this.#follow());
    this.context.onLeft(() => this.follower.stop()); // later it goes on where it was
    document.addEventListener("visibilitychange", () => this.#follow());
    this.#follow();
  }

  /** While somebody looks: a process has few places for readers. */
  #follow() {
    if (document.hidden) this.follower.stop();
    else if (this.context.isShown()) void this.follower.follow();
  }

  #open() {
    const bar = element("div", { class: "live-bar" }, ...this.#filters(), this.pause);
    const requests = element("div", { class: "list" }, this.list.element);
    const beside = element("div", { class: "beside" }, this.shown.element, this.standing.element);
    this.place.replaceChildren(
      bar,
      this.away,
      this.counts,
      element("div", { class: "live" }, requests, beside),
    );
  }

  #filters() {
    const text = element("input", { type: "search", placeholder: "all" });
    const tenant = element("input", { type: "search", placeholder: "all" });
    const least = element("input", { type: "number", min: "0", placeholder: "0" });
    const outcome = element("select");
    const kinds = ["bad", "slow", "whole", "partial", "failed", "refused"];
    outcome.append(element("option", { value: "" }, "all"));
    outcome.append(...kinds.map((kind) => element("option", { value: kind }, kind)));
    const schema = element("input", { type: "checkbox" });
    const named = {
      Operation: text,
      Tenant: tenant,
      Outcome: outcome,
      "At least ms": least,
      Introspection: schema,
    };
    return Object.entries(named).map(([words, field]) => {
      field.addEventListener("input", () => {
        this.list.filter({
          text: text.value.trim(),
          tenant: tenant.value.trim(),
          outcome: outcome.value,
          least: Number(least.value) || 0,
          schema: schema.checked,
        });
        this.#count();
      });
      return element("label", {}, `${words} `, field);
    });
  }

  /** @param {Told[]} events */
  #came(events) {
    this.#waiting.push(...events);
    const over = this.#waiting.length - WAITING;
    if (over > 0) {
      const gone = this.#waiting.splice(0, over);
      this.#missed += gone.filter(({ kind }) => kind === "request").length;
    }
    this.#soon();
  }

  /** At the next frame, so that thousands that come at once are one change. */
  #soon() {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      if (this.#isPaused) this.#count();
      else this.#take();
    });
  }

  get #isPaused() {
    return this.pause.getAttribute("aria-pressed") === "true";
  }

  #take() {
    let events = this.#waiting.splice(0);
    const anew = events.findLastIndex((one) => this.#isAnew(one));
    if (anew >= 0) {
      events = events.slice(anew); // all of it is told again
      this.list.clear();
      this.standing.clear();
    }
    for (const { kind, data } of events) {
      if (kind === "hello") this.#hello(data);
      if (kind === "lost") this.#missed += data.count;
      if (kind === "state") this.#passed = data.passed;
    }
    const state = events.findLast(({ kind }) => kind === "state");
    if (state) this.standing.show(state.data);
    this.list.add(of(events, "request"));
    this.standing.add(of(events, "happened"));
    this.#count();
  }

  /** @param {Told} told */
  #isAnew({ kind, data }) {
    return kind === "hello" && !(data.again && data.boot === this.#boot);
  }

  /** @param {any} hello */
  #hello({ boot, worker }) {
    this.#boot = boot;
    const { number, of: all } = worker ?? {};
    this.#where = all > 1 ? ` Process ${number} of ${all}: each shows its own.` : "";
  }

  #count() {
    const { shown, kept } = this.list;
    const waiting = of(this.#waiting, "request").length;
    const parts = [`${shown} shown of ${kept} request${kept === 1 ? "" : "s"}`];
    if (this.#isPaused) parts.push(`${waiting} wait`);
    if (this.#missed) parts.push(`${this.#missed} came too fast for this page`);
    if (this.#passed) parts.push(`${this.#passed} were not kept by the gateway`);
    this.counts.textContent = `${parts.join(", ")}.${this.#where}`;
  }

  #paused() {
    const paused = !this.#isPaused;
    this.pause.setAttribute("aria-pressed", String(paused));
    this.pause.textContent = paused ? "Go on" : "Pause";
    this.context.announce(paused ? "Paused." : "Going on.");
    this.#soon();
  }

  /** @param {string} words */
  #closed(words) {
    const again = element("button", { type: "button" }, "Ask again");
    again.addEventListener("click", () => {
      this.#open();
      this.#follow();
    });
    this.place.replaceChildren(notice(`${words} `, again));
    this.context.announce(words);
  }
}

/**
 * @param {Told[]} events
 * @param {string} kind
 */
function of(events, kind) {
  return events.filter((one) => one.kind === kind).map(({ data }) => data);
}
