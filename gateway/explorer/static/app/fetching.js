// How GraphiQL asks the gateway, and how the panels hear of what it was answered.

import { reached } from "./asking.js";
import { join } from "./parts.js";
import { isSubscription, subscribed } from "./subscribing.js";

/** @typedef {import("./context.js").State} State */

const PLAN = "headwater-plan";
const WHOLE = "too many to show here, the panel Run saves the whole answer";
const LARGEST = 2_000_000; // characters that the editor of answers shows without effort

/**
 * A proxy's HTML error page is no GraphQL answer. Says what came instead of letting the
 * JSON parser complain about "<".
 * @param {string} url
 * @param {RequestInit} options
 */
async function fetchAnswer(url, options) {
  const answer = await reached(url, options);
  const type = answer.headers.get("content-type") ?? "no content type";
  if (!/json|multipart\/mixed|event-stream/.test(type)) {
    const text = (await answer.text()).slice(0, 400);
    throw new Error(`${url} answered ${answer.status} with ${type}: ${text}`);
  }
  return type.startsWith("multipart/") ? boundaryLast(answer, type) : answer;
}

/**
 * An answer in parts whose type ends with its boundary: the GraphiQL of PyPI's package
 * takes all behind `boundary=` for it, and would show no part at all.
 * @param {Response} answer
 * @param {string} type
 */
function boundaryLast(answer, type) {
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1] ?? "-";
  const headers = new Headers(answer.headers);
  headers.set("content-type", `multipart/mixed; boundary="${boundary}"`);
  return new Response(answer.body, { status: answer.status, headers });
}

/**
 * The fetcher of GraphiQL.
 * @param {State} state
 * @param {(options: object) => (params: any, options: any) => any} createFetcher
 */
export function fetcherOf(state, createFetcher) {
  const once = createFetcher({
    url: state.endpoint,
    fetch: fetchAnswer,
    headers: { accept: "application/json, multipart/mixed" }, // introspection has none
  });
  /**
   * @param {any} params
   * @param {any} options
   */
  return async (params, options) => {
    if (isSubscription(params, options)) {
      return subscribed(state.endpoint, fetchAnswer, params, options?.headers);
    }
    if (params.operationName === "IntrospectionQuery") return once(params, options);
    // While a panel is open the plan is asked for; only who wrote the header sees it in
    // the answer. It is heeded for those alone who may see plans.
    const typed = Object.keys(options?.headers ?? {});
    const own = state.seen !== undefined && !typed.some((n) => n.toLowerCase() === PLAN);
    const headers = { ...options?.headers, ...(own ? { [PLAN]: "include" } : {}) };
    const run = { state, own, asked: state.asked, begun: performance.now() };
    const answer = await once(params, { ...options, headers });
    return answer?.[Symbol.asyncIterator] ? inParts(run, answer) : whole(run, answer);
  };
}

/**
 * @typedef {object} Run
 * @property {State} state
 * @property {boolean} own whether the page asked for the plan, not who wrote the query
 * @property {import("./types.js").Asked} asked
 * @property {number} begun
 */

/**
 * @param {Run} run
 * @param {any} answer
 */
function whole(run, answer) {
  const { state, asked, begun } = run;
  const size = JSON.stringify(answer).length;
  state.answer({ asked, answer, size, elapsed: performance.now() - begun });
  const shown = run.own ? withoutPlan(answer) : answer;
  return size > LARGEST ? shortened(shown) : shown;
}

/**
 * What goes on as it comes: one whole answer after the other, or parts of one, of which
 * the panels hear when the last is there.
 * @param {Run} run
 * @param {AsyncIterable<any>} parts
 */
async function* inParts(run, parts) {
  const { state, asked, begun, own } = run;
  /** @type {import("./parts.js").Whole} */
  const answer = {};
  let size = 0;
  for await (const part of parts) {
    if (!Array.isArray(part) && part?.hasNext === undefined) {
      yield whole(run, part);
      continue;
    }
    for (const one of [part].flat()) {
      size += JSON.stringify(one).length;
      join(answer, one);
    }
    const shown = own ? withoutPlan(answer) : answer;
    yield size > LARGEST ? shortened(shown) : { ...shown };
  }
  if (size) state.answer({ asked, answer, size, elapsed: performance.now() - begun });
}

/** @param {any} answer */
function withoutPlan(answer) {
  if (!answer?.extensions?.plan) return answer;
  const { plan: _plan, ...extensions } = answer.extensions;
  const { extensions: _all, ...rest } = answer;
  return Object.keys(extensions).length ? { ...rest, extensions } : rest;
}

/**
 * An answer that would hold the page up, cut: lists keep their first rows.
 * @param {any} answer
 */
function shortened(answer) {
  const rows = 20;
  /**
   * @param {any} value
   * @returns {any}
   */
  const cut = (value) => {
    if (Array.isArray(value)) {
      const kept = value.slice(0, rows).map(cut);
      const left = value.length - rows;
      return left > 0 ? [...kept, `(${left} more: ${WHOLE})`] : kept;
    }
    if (typeof value === "string" && value.length > 10_000) {
      return `${value.slice(0, 10_000)} (${value.length - 10_000} more: ${WHOLE})`;
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cut(one)]));
  };
  return cut(answer);
}
