// Subscriptions of GraphiQL, as server-sent events of this server: its own fetcher knows
// only WebSockets, which cannot carry the headers that a reader writes below the query.
"use strict";

(() => {
  const operations = (documentAST) =>
    (documentAST?.definitions ?? []).filter((one) => one.kind === "OperationDefinition");

  // Whether what is run is a subscription.
  function isSubscription({ operationName }, { documentAST } = {}) {
    return operations(documentAST).some(
      (one) =>
        one.operation === "subscription" &&
        (!operationName || one.name?.value === operationName),
    );
  }

  // Each event's name and data, as they come.
  async function* eventsOf(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let kept = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (kept + value).split("\n\n");
      kept = blocks.pop();
      for (const block of blocks) {
        const fields = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line));
        const of = (name) => fields.find((field) => field?.[1] === name)?.[2];
        if (of("event")) yield { name: of("event"), data: of("data") };
      }
    }
  }

  async function deliver(answer, sink) {
    if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
      sink.next(await answer.json()); // refused before it was a stream
      return sink.complete();
    }
    for await (const { name, data } of eventsOf(answer.body)) {
      if (name === "complete") return sink.complete();
      sink.next(JSON.parse(data));
    }
    throw new Error("The gateway ended the connection. Run the subscription again.");
  }

  // An observable, as GraphiQL takes one: who unsubscribes aborts the request.
  function subscribed(url, fetchAnswer, params, headers) {
    return {
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

  window.HeadwaterSubscribing = { isSubscription, subscribed };
})();
