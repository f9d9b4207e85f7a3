// Apollo's gateway over a supergraph, for queries that are asked here as well.
//
// In: {"supergraph": SDL, "urls": {name: url}, "queries": [text]} on stdin.
// Out: [{"data", "errors", "calls": {name: number}}] on stdout.
import { readFileSync } from "node:fs";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { parse } from "graphql";

const { supergraph, urls, queries } = JSON.parse(readFileSync(0, "utf8"));
let calls = {};

class Counted extends RemoteGraphQLDataSource {
  constructor(name) {
    super({ url: urls[name] });
    this.name = name;
  }
  async process(options) {
    calls[this.name] = (calls[this.name] ?? 0) + 1;
    return await super.process(options);
  }
}

const gateway = new ApolloGateway({
  supergraphSdl: supergraph,
  buildService: ({ name }) => new Counted(name),
  logger: { debug() {}, info() {}, warn: console.error, error: console.error },
});
const { executor, schema } = await gateway.load();
const answers = [];
for (const query of queries) {
  const document = parse(query);
  calls = {};
  const { data, errors } = await executor({
    request: { query },
    document,
    schema,
    operation: document.definitions[0],
    operationName: null,
    queryHash: query,
    source: query,
    context: {},
    metrics: {},
    cache: new Map(),
    overallCachePolicy: {},
  });
  answers.push({ data, errors, calls });
}
await gateway.stop();
process.stdout.write(JSON.stringify(answers));
