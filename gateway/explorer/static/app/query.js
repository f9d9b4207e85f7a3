// GraphiQL in the page: what it begins with, and telling the panels what stands in it.

import { fetcherOf } from "./fetching.js";
import { kept } from "./kept.js";
import { letLeave } from "./leaving.js";
import { nameEditors } from "./naming.js";

const WELCOME = `# Headwater: one query, many systems.
#
# Ask for the fields you need. Only the systems
# behind those fields are called, side by side
# where they can be.
#
#   Ctrl-Space  what can stand here
#   Ctrl-Enter  run
#   Escape      and then Tab leaves the editor
#   top left    docs, history, explorer
#   top right   its plan, what became of a run, more

`;

/**
 * Starts GraphiQL.
 * @param {HTMLElement} root
 * @param {import("./context.js").State} state
 * @param {import("./packaged.js").Parts} parts
 */
export function mountQuery(root, state, { React, GraphiQL, ...parts }) {
  letLeave(root);
  nameEditors(root);
  measureWhenSeen(root);
  const address = new URLSearchParams(location.search);
  const fetcher = fetcherOf(state, parts.createFetcher);
  // GraphiQL remembers the last query under this key. The field picker has to begin with
  // the same text, or its first tick would overwrite what the user left there.
  const first = address.get("query") ?? kept("graphiql:query") ?? WELCOME;
  const variables = address.get("variables") ?? undefined;
  const begun = parts.controlled ? first : (address.get("query") ?? undefined);
  state.edit({ query: first, variables: variables ?? kept("graphiql:variables") ?? "" });

  function Explorer() {
    const [query, setQuery] = React.useState(begun);
    const edited = (/** @type {string} */ now) => {
      if (parts.controlled) setQuery(now);
      state.edit({ query: now });
    };
    state.write = setQuery;
    const fields = parts.useFields(query ?? "", setQuery);
    const plugins = React.useMemo(() => [{ ...fields, title: "Explorer" }], [fields]);
    const props = {
      fetcher,
      query,
      variables,
      onEditQuery: edited,
      defaultQuery: WELCOME,
      defaultEditorToolsVisibility: true,
      isHeadersEditorEnabled: true,
      onTabChange: (/** @type {any} */ tabs) => state.edit(editedOf(tabs)),
      plugins,
    };
    React.useEffect(() => state.edit(query === undefined ? {} : { query }), [query]);
    return React.createElement(GraphiQL, props, React.createElement(GraphiQL.Logo, null, " "));
  }

  parts.render(React.createElement(Explorer), root);
}

/**
 * An editor that was made out of sight, behind a wide panel, shows nothing until it is
 * measured anew.
 * @param {HTMLElement} root
 */
function measureWhenSeen(root) {
  let seen = root.clientWidth > 0;
  const watching = new ResizeObserver(() => {
    const before = seen;
    seen = root.clientWidth > 0;
    if (before || !seen) return;
    for (const editor of root.querySelectorAll(".CodeMirror")) {
      /** @type {any} */ (editor).CodeMirror.refresh();
    }
  });
  watching.observe(root);
}

/**
 * What stands in the editors of the tab that is seen.
 * @param {any} tabs
 * @returns {import("./types.js").Asked}
 */
function editedOf({ tabs, activeTabIndex }) {
  const { query, variables, headers, operationName } = tabs[activeTabIndex];
  return {
    query: query ?? "",
    variables: variables ?? "",
    headers: headers ?? "",
    operationName: operationName ?? undefined,
  };
}
