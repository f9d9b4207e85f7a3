"""A supergraph's SDL → a project that serves it from the subgraphs themselves."""
