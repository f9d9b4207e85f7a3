// A federation router beside Headwater: composes two subgraphs with both composition
// packages, and answers queries with Apollo's gateway, then with Hive's.
//
// Says its port on stdout, takes what is asked by POST, and ends with its stdin.
// In: {"url": Headwater's, "queries": [{"query", "variables"}]}.
// Out: {"composed": {package: [errors]}, "answers": [...], "hive": [...]}.
// Or in: {"texts": {name: [SDL, another subgraph's SDL]}}, out: {"composed": {name: ...}}.
import { createServer } from "node:http";
import { composeServices as composedByApollo } from "@apollo/composition";
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from "@apollo/gateway";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { composeServices as composedByTheGuild } from "@theguild/federation-composition";
import { graphql, parse } from "graphql";

const CARDS = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

  type Query { cards(first: Int!): [Card!]!, offers: [Offer!]! }
  type Card @key(fields: "number") { number: ID! limit: Money! account: Account }
  type Account @key(fields: "id") { id: ID! cards: [Card!]! rating: Int }
  interface Offer @key(fields: "seller { code } no") { seller: Seller! no: ID! }
  type Loan implements Offer @key(fields: "seller { code } no") { seller: Seller! no: ID! years: Int }
  type Seller @shareable { code: ID! }
  type Money @shareable { amount: Decimal! currency: String! }
  scalar Decimal
`;

const card = (number) => ({
  number,
  limit: { amount: "1000.00", currency: "EUR" },
  account: { id: `a${number}` },
});
const cards = buildSubgraphSchema({
  typeDefs: parse(CARDS),
  resolvers: {
    Query: {
      cards: (_, { first }) => Array.from({ length: first }, (_, n) => card(`${n}`)),
      offers: () => ["1", "2"].map((no) => ({ __typename: "Loan", seller: { code: "s" }, no, years: 5 })),
    },
    Card: { __resolveReference: ({ number }) => card(number) },
    Account: { cards: ({ id }) => [card(id.slice(1))], rating: ({ id }) => Number(id.slice(1)) },
    Offer: { __resolveType: () => "Loan" },
  },
});

async function sdlOf(url) {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ _service { sdl } }" }),
  });
  return (await reply.json()).data._service.sdl;
}

const V23 = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"]) `;

function compose(sdl, url, other, at = "http://cards.invalid") {
  const services = [{ name: "headwater", url, typeDefs: parse(sdl) }];
  if (other) services.push({ name: "cards", url: at, typeDefs: parse(other) });
  const apollo = composedByApollo(services);
  const guild = composedByTheGuild(services);
  const errors = (composed) => (composed.errors ?? []).map((error) => error.message);
  return {
    supergraphSdl: apollo.supergraphSdl,
    guildSdl: guild.supergraphSdl,
    composed: { apollo: errors(apollo), guild: errors(guild) },
  };
}

async function answerAll(supergraphSdl, queries) {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name, url }) =>
      name === "cards"
        ? new LocalGraphQLDataSource(cards)
        : new RemoteGraphQLDataSource({ url }),
    logger: { debug() {}, info() {}, warn: console.error, error: console.error },
  });
  const { executor, schema } = await gateway.load();
  const answers = [];
  for (const { query, variables } of queries) {
    const document = parse(query);
    answers.push(
      await executor({
        request: { query, variables },
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
      }),
    );
  }
  await gateway.stop();
  return answers;
}

function composeAll(texts) {
  const each = ([name, [sdl, other]]) =>
    [name, compose(sdl, "http://headwater.invalid", other && V23 + other).composed];
  return { composed: Object.fromEntries(Object.entries(texts).map(each)) };
}

async function answerAllByHive(supergraph, queries) {
  const gateway = createGatewayRuntime({ supergraph, logging: false, maskedErrors: false });
  const answers = [];
  for (const query of queries) {
    const reply = await gateway.fetch("http://router.invalid/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(query),
    });
    answers.push(await reply.json());
  }
  await gateway[Symbol.asyncDispose]();
  return answers;
}

async function listening(answer) {
  const server = createServer(async (request, reply) => {
    let body = "";
    for await (const part of request) body += part;
    try {
      reply.end(JSON.stringify(await answer(JSON.parse(body))));
    } catch (error) {
      reply.statusCode = 500;
      reply.end(error.stack);
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

// The second subgraph on a port, since Hive's gateway asks every one by HTTP.
const answerCards = ({ query, variables }) =>
  graphql({ schema: cards, source: query, variableValues: variables });

async function routed({ url, queries }) {
  const server = await listening(answerCards);
  const at = `http://127.0.0.1:${server.address().port}/graphql`;
  const { supergraphSdl, guildSdl, composed } = compose(await sdlOf(url), url, CARDS, at);
  const answers = supergraphSdl ? await answerAll(supergraphSdl, queries) : [];
  const hive = guildSdl ? await answerAllByHive(guildSdl, queries) : [];
  server.closeAllConnections();
  server.close();
  return { composed, answers, hive };
}

const asked = await listening((what) => (what.texts ? composeAll(what.texts) : routed(what)));
console.log(asked.address().port);
process.stdin.on("end", () => process.exit()).resume();
