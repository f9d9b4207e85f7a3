// The clients that people use, each asking once for an answer in parts.
//
// In: the gateway's URL, and "deferred" for a document with @defer or "by-itself" for one
// without, whose slow part the gateway leaves for later. The gateway holds the slow part back until it
// is told on stdin that a first answer was seen: one line on stderr for each client.
// Out: {client: [answers]} on stdout.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, way] = process.argv.slice(2);
const RISK = "risk { score }";
const LATER = way === "deferred" ? `... @defer(label: "risk") { ${RISK} }` : RISK;
const QUERY = `query { customer(id: "7") { profile { name } ${LATER} } }`;
// Apollo takes parts of a document with @defer alone, so it has to be told.
const EARLIER = "multipart/mixed;deferSpec=20220824,application/json";
const CURRENT = "multipart/mixed;incrementalSpec=v0.2,application/json";
const TAKEN = {
  deferred: { earlier: {}, current: {} },
  "by-itself": {
    earlier: { accept: EARLIER },
    current: { accept: CURRENT },
  },
}[way];
const plain = (value) => JSON.parse(JSON.stringify(value ?? null));

const overHttp = (headers) => new HttpLink({ uri: url, headers });
const socket = (headers) =>
  createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { headers },
  });

function apollo(incrementalHandler, link) {
  const client = new ApolloClient({
    link,
    cache: new InMemoryCache(),
    incrementalHandler,
  });
  return (seen, done) =>
    client.watchQuery({ query: gql(QUERY) }).subscribe((result) => {
      if (result.data === undefined && !result.error) return;
      seen({ data: plain(result.data), failed: result.error?.message ?? null });
      if (!result.loading && result.dataState === "complete") done();
    });
}

function overSocket(headers) {
  const client = socket(headers);
  return subscriptionExchange({
    enableAllOperations: true,
    forwardSubscription: (request) => ({
      subscribe: (sink) => ({
        unsubscribe: client.subscribe({ ...request, query: request.query ?? "" }, sink),
      }),
    }),
  });
}

function urql(exchange) {
  return (seen, done) => {
    const client = new Client({ url, exchanges: [exchange] });
    client.query(QUERY, {}).subscribe((result) => {
      seen({ data: plain(result.data), failed: result.error?.message ?? null });
      if (!result.hasNext) done();
    });
  };
}

const clients = {
  "apollo, earlier": apollo(new Defer20220824Handler(), overHttp(TAKEN.earlier)),
  "apollo, current": apollo(new GraphQL17Alpha9Handler(), overHttp(TAKEN.current)),
  urql: urql(fetchExchange),
  "apollo, earlier, WebSocket": apollo(
    new Defer20220824Handler(),
    new GraphQLWsLink(socket(TAKEN.earlier))
  ),
  "apollo, current, WebSocket": apollo(
    new GraphQL17Alpha9Handler(),
    new GraphQLWsLink(socket({ accept: CURRENT }))
  ),
  "urql, WebSocket": urql(overSocket(TAKEN.earlier)),
  "graphql-ws": (seen, done) => {
    socket(TAKEN.earlier).subscribe(
      { query: QUERY },
      { next: (payload) => seen(payload), error: (e) => seen(plain(e)), complete: done }
    );
  },
};

const found = {};
for (const [name, ask] of Object.entries(clients)) {
  const answers = (found[name] = []);
  await new Promise((resolve) => {
    const seen = (answer) => {
      answers.push(answer);
      if (answers.length === 1) process.stderr.write(`${name}\n`);
    };
    ask(seen, resolve);
  });
}
process.stdout.write(JSON.stringify(found));
process.exit(0);
