// Following what happens in a process: server-sent events by fetch, which sends the
// headers of the editor (an EventSource cannot). Comes back where it was, by itself.

import { Refused, typedHeaders } from "./asking.js";

const AGAIN = { first: 1_000, most: 15_000 }; // ms
const CLOSED = [401, 403, 404];

/**
 * @typedef {object} Told
 * @property {string} id empty where it has none
 * @property {string} kind
 * @property {any} data
 */

/**
 * Who hears of a stream.
 * @typedef {object} Hears
 * @property {(events: Told[]) => void} events some that came together
 * @property {(words: string) => void} standing that it is followed, or why not now
 * @property {(words: string) => void} closed why it is not for this reader
 */

/** One reader. He may stop and go on as often as he likes. */
export class Follower {
  #last = "";
  /** @type {AbortController | undefined} */
  #stopping;

  /**
   * @param {import("./types.js").Context} context
   * @param {Hears} hears
   */
  constructor(context, hears) {
    this.context = context;
    this.hears = hears;
  }

  stop() {
    this.#stopping?.abort();
    this.#stopping = undefined;
  }

  /** Follows until stopped; a second call while it does changes nothing. */
  async follow() {
    if (this.#stopping) return;
    const { signal } = (this.#stopping = new AbortController());
    let wait = AGAIN.first;
    while (!signal.aborted) {
      try {
        await this.#once(signal, () => (wait = AGAIN.first));
        this.hears.standing("The gateway ended the stream; asking again.");
      } catch (problem) {
        if (signal.aborted) return;
        const { status, message } = /** @type {Refused} */ (problem);
        if (CLOSED.includes(status)) {
          this.stop();
          this.hears.closed(message);
          return;
        }
        this.hears.standing(`${message} Asking again in ${Math.round(wait / 1000)} s.`);
      }
      await passed(wait, signal);
      wait = Math.min(wait * 2, AGAIN.most);
    }
  }

  /**
   * @param {AbortSignal} signal
   * @param {() => void} begun
   */
  async #once(signal, begun) {
    const url = this.context.address("live");
    const headers = typedHeaders(this.context.asked().headers);
    if (this.#last) headers["last-event-id"] = this.#last;
    headers.accept = "text/event-stream";
    const answer = await fetch(url, { headers, signal }).catch(() => {
      throw new Refused("The gateway does not answer.");
    });
    if (!answer.ok || !answer.body) throw await refusal(answer);
    begun();
    this.hears.standing("");
    const read = new Reading();
    for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = read.more(part);
      this.#last = events.findLast((one) => one.id)?.id ?? this.#last;
      if (events.length) this.hears.events(events);
    }
  }
}

/** Text of a stream as events, as it comes. */
export class Reading {
  #left = "";

  /**
   * @param {string} part
   * @returns {Told[]} those that are whole now
   */
  more(part) {
    const pieces = (this.#left + part).split("\n\n");
    this.#left = pieces.pop() ?? "";
    return pieces.flatMap((piece) => event(piece) ?? []);
  }
}

/** @param {string} piece */
function event(piece) {
  const told = { id: "", event: "", data: "" };
  for (const line of piece.split("\n")) {
    const at = line.indexOf(": ");
    const name = line.slice(0, at);
    if (name === "id" || name === "event" || name === "data") told[name] = line.slice(at + 2);
  }
  if (!told.event) return undefined;
  try {
    return { id: told.id, kind: told.event, data: JSON.parse(told.data) };
  } catch {
    return undefined; // something else between us spoke: it is no event of ours
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const said = await answer.json().catch(() => undefined);
  const words = said?.errors?.[0]?.message;
  const { status } = answer;
  if (words) return new Refused(String(words), { status });
  if (status === 404) return new Refused("This gateway shows no live view.", { status });
  return new Refused(`The gateway answered ${status}.`, { status });
}

/**
 * @param {number} time ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function passed(time, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, time);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
