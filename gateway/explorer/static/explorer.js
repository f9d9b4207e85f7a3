// Starts GraphiQL on this server. Everything it needs was loaded by index.html from the
// same origin; nothing here may name another one.
"use strict";

(() => {
  const root = document.getElementById("explorer");
  const endpoint = root.dataset.endpoint;
  const address = new URLSearchParams(window.location.search);

  const needed = ["React", "ReactDOM", "GraphiQL", "HeadwaterSubscribing"];
  if (needed.some((name) => !window[name])) {
    root.querySelector(".notice").textContent =
      "A file of the explorer did not arrive. Reload the page; if this stays, what " +
      "stands between the browser and the gateway may hold back /explorer/.";
    return;
  }

  const WELCOME = `# Headwater: one query, many systems.
#
# Ask for the fields you need. Only the systems
# behind those fields are called, side by side
# where they can be.
#
#   Ctrl-Space  what can stand here
#   Ctrl-Enter  run
#   top left    docs, history, explorer
#
# To see what was called, put this into Headers:
#   {"headwater-plan": "include"}

`;

  // GraphiQL remembers the last query under this key. The field picker has to begin with
  // the same text, or its first tick would overwrite what the user left there.
  function remembered() {
    try {
      return window.localStorage.getItem("graphiql:query");
    } catch {
      return null; // storage is blocked: nothing to remember
    }
  }

  // A proxy's HTML error page is no GraphQL answer. Say what came instead of letting the
  // JSON parser complain about "<".
  async function fetchAnswer(url, options) {
    const answer = await window.fetch(url, options);
    const type = answer.headers.get("content-type") ?? "no content type";
    if (!/json|multipart\/mixed|event-stream/.test(type)) {
      const text = (await answer.text()).slice(0, 400);
      throw new Error(`${url} answered ${answer.status} with ${type}: ${text}`);
    }
    return answer;
  }

  // Panels beside docs and history, in this order. What reads `extensions` of an answer
  // gets its place here and its answers from a wrapper around `fetcher`.
  function usePanels(query, setQuery) {
    const fields = window.GraphiQLPluginExplorer.useExplorerPlugin({
      query,
      onEdit: setQuery,
      showAttribution: false,
    });
    return React.useMemo(() => [{ ...fields, title: "Explorer" }], [fields]);
  }

  const { isSubscription, subscribed } = window.HeadwaterSubscribing;
  const fetchOnce = GraphiQL.createFetcher({
    url: endpoint,
    fetch: fetchAnswer,
    headers: { accept: "application/json, multipart/mixed" }, // introspection has none
  });
  const fetcher = (params, options) =>
    isSubscription(params, options)
      ? subscribed(endpoint, fetchAnswer, params, options?.headers)
      : fetchOnce(params, options);

  function Explorer() {
    const [query, setQuery] = React.useState(
      () => address.get("query") ?? remembered() ?? WELCOME,
    );
    return React.createElement(
      GraphiQL,
      {
        fetcher,
        query,
        variables: address.get("variables") ?? undefined,
        onEditQuery: setQuery,
        defaultQuery: WELCOME,
        defaultEditorToolsVisibility: true,
        isHeadersEditorEnabled: true,
        plugins: usePanels(query, setQuery),
      },
      React.createElement(
        GraphiQL.Logo,
        null,
        React.createElement("span", { className: "headwater-name" }, "Headwater"),
      ),
    );
  }

  ReactDOM.render(React.createElement(Explorer), root);
})();
