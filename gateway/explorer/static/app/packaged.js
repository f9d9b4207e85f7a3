// GraphiQL as a Python package brings it: global names that index.html's scripts left.

/**
 * What the query needs of a GraphiQL, whichever one it is.
 * @typedef {object} Parts
 * @property {any} React
 * @property {any} GraphiQL
 * @property {(options: object) => (params: any, options: any) => any} createFetcher
 * @property {(node: any, root: HTMLElement) => void} render
 * @property {boolean} controlled whether it is to be told each edit of the query again
 * @property {(query: string, setQuery: (query: string) => void) => any} useFields
 *   the plugin that builds an operation by ticking fields
 */

/** @returns {Parts | undefined} undefined where a file did not arrive */
export function packaged() {
  const { React, ReactDOM, GraphiQL, GraphiQLPluginExplorer } = /** @type {any} */ (window);
  if (!React || !ReactDOM || !GraphiQL || !GraphiQLPluginExplorer) return undefined;
  return {
    React,
    GraphiQL,
    controlled: true, // for the plugin, which knows no editor
    createFetcher: GraphiQL.createFetcher,
    render: (node, root) => ReactDOM.render(node, root),
    useFields: (query, setQuery) =>
      GraphiQLPluginExplorer.useExplorerPlugin({
        query,
        onEdit: setQuery,
        showAttribution: false,
      }),
  };
}
