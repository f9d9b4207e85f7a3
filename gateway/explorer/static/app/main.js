// The page: its state, its panels, and the query beside them. What everything needs was
// loaded by index.html from this origin; nothing here may name another one.

import { State } from "./context.js";
import { known } from "./dom.js";
import { packaged } from "./packaged.js";
import { startPanels } from "./panels.js";
import { mountQuery } from "./query.js";

const BUILT = "../built/graphiql.js"; // absent where npm was not there when packaging

/** @returns {Promise<import("./packaged.js").Parts | undefined>} */
async function graphiql() {
  if (document.body.dataset.graphiql !== "built") return packaged();
  return import(BUILT).then(
    ({ parts }) => parts,
    () => undefined,
  );
}

const state = new State();
startPanels(state);
const parts = await graphiql();
if (parts) mountQuery(known("query"), state, parts);
else {
  known("query").textContent =
    "A file of the explorer did not arrive. Reload the page; if this stays, what " +
    "stands between the browser and the gateway may hold back /explorer/.";
}
