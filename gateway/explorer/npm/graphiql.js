// The GraphiQL of the page, as npm brings it: what `app/query.js` needs of one.
//
// 4.1.2 and not 5: Monaco, which 5 is made of, writes style attributes as markup, which
// the page's policy forbids, and takes 0.4 s of CPU more until it is usable: this takes
// 0.8 to 1.0 s, and PyPI's older one 0.7 s (`python -m tests.explorer.cost`).

import { explorerPlugin } from "@graphiql/plugin-explorer";
import "@graphiql/plugin-explorer/style.css";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import React from "react";
import { createRoot } from "react-dom/client";

const fields = explorerPlugin({ showAttribution: false });

/** @type {import("../static/app/packaged.js").Parts} */
export const parts = {
  React,
  GraphiQL,
  controlled: false,
  createFetcher: createGraphiQLFetcher,
  render: (node, root) => createRoot(root).render(node),
  useFields: () => fields,
};
