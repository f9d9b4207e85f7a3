"""GraphQL upstreams: documents, selections and entities asked over HTTP."""
