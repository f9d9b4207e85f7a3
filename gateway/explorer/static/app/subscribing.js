// Subscriptions of GraphiQL, as server-sent events of this server: its own fetcher knows
// only WebSockets, which cannot carry the headers that a reader writes below the query.

/**
 * Whether what is run is a subscription.
 * @param {{operationName?: string | null}} params
 * @param {{documentAST?: any}} [options]
 * @returns {boolean}
 */
export function isSubscription({ operationName }, { documentAST } = {}) {
  return (documentAST?.definitions ?? []).some(
    (/** @type {any} */ one) =>
      one.kind === "OperationDefinition" &&
      one.operation === "subscription" &&
      (!operationName || one.name?.value === operationName),
  );
}

/**
 * Each event's name and data, as they come.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<{name: string, data: string | undefined}>}
 */
export async function* eventsOf(body) {
  const reader = body
    .pipeThrough(/** @type {any} */ (new TextDecoderStream()))
    .getReader();
  let kept = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (kept + value).split("\n\n");
    kept = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line));
      const of = (/** @type {string} */ name) =>
        fields.find((field) => field?.[1] === name)?.[2];
      const name = of("event");
      if (name) yield { name, data: of("data") };
    }
  }
}

/**
 * @param {Response} answer
 * @param {any} sink
 */
async function deliver(answer, sink) {
  if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
    sink.next(await answer.json()); // refused before it was a stream
    return sink.complete();
  }
  if (!answer.body) return sink.complete();
  for await (const { name, data } of eventsOf(answer.body)) {
    if (name === "complete") return sink.complete();
    sink.next(JSON.parse(data ?? "null"));
  }
  throw new Error("The gateway ended the connection. Run the subscription again.");
}

/**
 * An observable, as GraphiQL takes one: who unsubscribes aborts the request.
 * @param {string} url
 * @param {(url: string, options: RequestInit) => Promise<Response>} fetchAnswer
 * @param {any} params
 * @param {Record<string, string> | undefined} headers
 */
export function subscribed(url, fetchAnswer, params, headers) {
  return {
    /** @param {any} sink */
    subscribe(sink) {
      const gone = new AbortController();
      fetchAnswer(url, {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          accept: "text/event-stream",
        },
        body: JSON.stringify(params),
        signal: gone.signal,
      })
        .then((answer) => deliver(answer, sink))
        .catch((error) => gone.signal.aborted || sink.error(error));
      return { unsubscribe: () => gone.abort() };
    },
  };
}
