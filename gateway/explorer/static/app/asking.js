// Asking the gateway, and saying in words what went wrong. Must never ask another server.

const PATIENCE = 30_000; // ms

/** What the gateway, or what stands in front of it, said instead of an answer. */
export class Refused extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, code?: string}} [more]
   */
  constructor(message, { status = 0, code = "" } = {}) {
    super(message);
    this.name = "Refused";
    this.status = status; // 0: no answer at all
    this.code = code; // as in deploy/README.md, where the gateway said one
  }
}

/**
 * An answer of the gateway, or words that say why there is none.
 * @param {string} url
 * @param {RequestInit} options
 * @returns {Promise<Response>}
 */
export async function reached(url, options) {
  try {
    return await fetch(url, options);
  } catch (problem) {
    if (options.signal?.aborted) throw problem;
    throw new Refused(
      `The gateway does not answer at ${url}. It may have stopped or be out of reach; ` +
        "what you wrote is kept here.",
    );
  }
}

/**
 * The JSON of an endpoint of the explorer.
 * @param {string} url
 * @param {unknown} body what is posted as JSON; undefined asks by GET
 * @param {import("./types.js").Asking} [asking]
 * @returns {Promise<any>}
 */
export async function asked(url, body, { signal, method, headers } = {}) {
  const late = AbortSignal.timeout(PATIENCE);
  const answer = await reached(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...headers,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, late]) : late,
  }).catch((problem) => {
    if (!late.aborted) throw problem;
    throw new Refused(`The gateway took longer than ${PATIENCE / 1000} s at ${url}.`);
  });
  const said = await json(answer);
  if (answer.ok && said !== undefined) return said;
  throw refusal(url, answer, said);
}

/**
 * @param {Response} answer
 * @returns {Promise<any>} undefined where it is no JSON
 */
async function json(answer) {
  const type = answer.headers.get("content-type") ?? "";
  if (answer.status === 204) return null;
  if (!type.includes("json")) return undefined;
  return answer.json().catch(() => undefined);
}

/**
 * @param {string} url
 * @param {Response} answer
 * @param {any} said
 */
function refusal(url, answer, said) {
  const { status } = answer;
  const error = said?.errors?.[0] ?? said?.error ?? said;
  const words = typeof error === "string" ? error : error?.message;
  const code = error?.extensions?.code ?? error?.code ?? "";
  if (words) return new Refused(String(words), { status, code: String(code) });
  if (status === 404) return new Refused("not available here", { status });
  return new Refused(`${url} answered ${status} without a word of why.`, { status });
}

/**
 * The headers that were typed as JSON, as far as they can be sent.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function typedHeaders(text) {
  if (!text.trim()) return {};
  try {
    const read = JSON.parse(text);
    if (typeof read !== "object" || read === null) return {};
    return Object.fromEntries(
      Object.entries(read).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
  } catch {
    return {}; // being typed
  }
}
