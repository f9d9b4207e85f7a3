// What stands in the editors and what came of it, and who wants to hear of both.

import { asked as askedOf, typedHeaders } from "./asking.js";
import { known } from "./dom.js";

/** @typedef {import("./types.js").Asked} Asked */
/** @typedef {import("./types.js").Answered} Answered */
/** @typedef {import("./types.js").Context} Context */

/**
 * Those who hear, and how they are told. One that fails stops no other.
 * @template Told
 */
class Hearers {
  /** @type {((told: Told) => void)[]} */
  #all = [];

  /** @param {(told: Told) => void} hear */
  add(hear) {
    this.#all.push(hear);
  }

  /** @param {Told} told */
  tell(told) {
    for (const hear of this.#all) {
      try {
        hear(told);
      } catch (problem) {
        reportError(problem);
      }
    }
  }
}

/** The one state of the page. */
export class State {
  /** @type {Asked} */
  asked = { query: "", variables: "", headers: "", operationName: undefined };
  /** @type {Answered | undefined} */
  answered;
  /** @type {Hearers<Asked>} */
  changes = new Hearers();
  /** @type {Hearers<Answered>} */
  answers = new Hearers();
  /** @type {Hearers<string>} which panel came to be seen */
  shown = new Hearers();
  /** @type {Hearers<string>} which panel was left */
  left = new Hearers();
  /** @type {string | undefined} the panel that is seen now */
  seen;
  /** @type {(panel: string) => void} */
  open = () => {};
  /** @type {(query: string) => void} */
  write = () => {};

  constructor() {
    const { endpoint = "", explorer = "" } = document.body.dataset;
    this.endpoint = endpoint;
    this.explorer = explorer;
  }

  /** @param {Partial<Asked>} edited */
  edit(edited) {
    const now = { ...this.asked, ...edited };
    const names = /** @type {(keyof Asked)[]} */ (Object.keys(now));
    if (names.every((name) => now[name] === this.asked[name])) return;
    this.asked = now;
    this.changes.tell(now);
  }

  /** @param {Answered} answered */
  answer(answered) {
    this.answered = answered;
    this.answers.tell(answered);
  }

  /** @param {string | undefined} panel */
  see(panel) {
    const before = this.seen;
    this.seen = panel;
    if (before && before !== panel) this.left.tell(before);
    if (panel) this.shown.tell(panel);
  }
}

let turn = 0;

/**
 * Words for who listens instead of looking; the same words twice are said twice.
 * @param {string} words
 */
export function announce(words) {
  turn += 1;
  known("said").textContent = words + (turn % 2 ? "\u00a0" : "");
}

/**
 * What the panel of that id is given.
 * @param {State} state
 * @param {string} panel
 * @returns {Context}
 */
export function contextOf(state, panel) {
  /** @param {string} path */
  const address = (path) => `${state.explorer}/${path}`;
  return {
    endpoint: state.endpoint,
    address,
    ask: (path, body, asking = {}) => {
      const headers = { ...typedHeaders(state.asked.headers), ...asking.headers };
      return askedOf(address(path), body, { ...asking, headers });
    },
    asked: () => state.asked,
    answered: () => state.answered,
    onChange: (hear) => state.changes.add(hear),
    onAnswer: (hear) => state.answers.add(hear),
    isShown: () => state.seen === panel,
    onShown: (hear) => state.shown.add((which) => which === panel && hear()),
    onLeft: (hear) => state.left.add((which) => which === panel && hear()),
    announce,
    open: (other) => state.open(other),
    write: (query) => state.write(query),
  };
}
