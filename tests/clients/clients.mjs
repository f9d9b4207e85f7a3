// The clients that people use, each with its default settings, and the audits of
// GraphQL over HTTP, all in one process.
//
// In: the gateway's URL as the argument.
// Out: {audits: [...], clients: {client: {case: what it was told}}} on stdout.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { serverAudits } from "graphql-http";
import { GraphQLClient } from "graphql-request";
import { createClient as createWS } from "graphql-ws";
import relay from "relay-runtime";
import WebSocket from "ws";

const url = process.argv[2];
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const BOOK = "query Book($id: ID!) { book(id: $id) { id title } }";
const RATE = "mutation Rate($id: ID!, $stars: Int!) { rate(id: $id, stars: $stars) { id stars } }";
const WRONG = "query Wrong { book(id: 1) { nothing } }";
const SOLD = "subscription Sold($shop: ID!) { sold(shop: $shop) { sale { id } } }";

// urql aborts its fetch when it leaves, and hears of that itself.
process.on("unhandledRejection", (error) => {
  if (error.name !== "AbortError") throw error;
});

// `begin(next, fail)` subscribes and gives what leaves.
const first = (begin) =>
  new Promise((resolve, reject) => {
    let leave = () => {};
    const next = (answer) => {
      setTimeout(() => leave());
      resolve(answer);
    };
    leave = begin(next, reject) ?? leave;
  });

const codes = (errors) => errors.map((error) => error.extensions?.code ?? error.message);
const told = ({ data, errors }) => (errors ? { codes: codes(errors), data: data ?? null } : data);

function ofApollo(link) {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const all = { fetchPolicy: "no-cache", errorPolicy: "all" };
  const shown = ({ data, error }) => (error ? { codes: codes(error.errors), data: data ?? null } : data);
  return {
    query: async (text, variables) => shown(await client.query({ query: gql(text), variables, ...all })),
    mutation: async (text, variables) => shown(await client.mutate({ mutation: gql(text), variables, ...all })),
    subscription: (text, variables) =>
      first((next, fail) => {
        const found = client.subscribe({ query: gql(text), variables });
        const heard = found.subscribe({ next: (r) => next(shown(r)), error: fail });
        return () => heard.unsubscribe();
      }),
  };
}

function ofUrql(options, ...exchanges) {
  const socket = createWS({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
  const forward = (operation) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe(operation, sink) }),
  });
  const sockets = subscriptionExchange({ forwardSubscription: forward });
  const client = new Client({ url, ...options, exchanges: [...exchanges, fetchExchange, sockets] });
  const shown = ({ data, error }) =>
    error?.networkError ? { failed: error.message } : told({ data, errors: error?.graphQLErrors });
  return {
    query: async (text, variables) => shown(await client.query(text, variables).toPromise()),
    mutation: async (text, variables) => shown(await client.mutation(text, variables).toPromise()),
    subscription: (text, variables) =>
      first((next) => client.subscription(text, variables).subscribe((r) => next(shown(r))).unsubscribe),
  };
}

function ofGraphQLRequest(options) {
  const client = new GraphQLClient(url, { errorPolicy: "all", ...options });
  // It throws where the status is not 2xx, whatever its policy is.
  const thrown = ({ response }) => response;
  const ask = async (text, variables) => told(await client.rawRequest(text, variables).catch(thrown));
  return { query: ask, mutation: ask };
}

// Relay's network layer is a function that each app writes, as its guide has it; the
// compiler makes of each operation what is handed in here.
function ofRelay(bodyOf) {
  const fetchOne = async (request, variables) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(bodyOf(request, variables)) });
    return answer.json();
  };
  const socket = createWS({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
  const listen = (request, variables) =>
    relay.Observable.create((sink) =>
      socket.subscribe({ operationName: request.name, query: request.text, variables }, sink),
    );
  const network = relay.Network.create(fetchOne, listen);
  const asked = (text) => ({ text, id: null, cacheID: sha256(text), name: text.split(/\W+/)[1], operationKind: text.split(" ")[0], metadata: {} });
  // A source gives its error too where the answer has no data: that is Relay's rule.
  const ask = (text, variables) => network.execute(asked(text), variables, { force: true }).toPromise().then(told);
  return {
    query: ask,
    mutation: ask,
    subscription: (text, variables) =>
      first((next, fail) => {
        const found = network.execute(asked(text), variables, {});
        return found.subscribe({ next: (r) => next(told(r)), error: fail }).unsubscribe;
      }),
  };
}

// Each request on its way, so that it can be told which of them had a document.
const sent = {};
const counting = (name) => (input, init) => {
  const asked = new URL(input);
  const members = init.body ? JSON.parse(init.body) : Object.fromEntries(asked.searchParams);
  (sent[name] ??= []).push(`${init.method ?? "GET"} ${members.query ? "with" : "without"} its document`);
  return fetch(input, init);
};
const http = (options) => new HttpLink({ uri: url, ...options });
const hashed = (name, options) =>
  ApolloLink.from([new PersistedQueryLink({ sha256, ...options }), http({ fetch: counting(name) })]);
const persisted = {
  "apollo, persisted": ofApollo(hashed("apollo, persisted")),
  "apollo, persisted, GET": ofApollo(hashed("apollo, persisted, GET", { useGETForHashedQueries: true })),
  "urql, persisted": ofUrql({ fetch: counting("urql, persisted") }, persistedExchange({ preferGetForPersistedQueries: true })),
};
const plain = (request, variables) => ({ query: request.text, variables });
const clients = {
  apollo: ofApollo(http()),
  urql: ofUrql({}),
  "graphql-request": ofGraphQLRequest({}),
  "graphql-request, GET": ofGraphQLRequest({ method: "GET" }),
  relay: ofRelay(plain),
};

const cases = {
  query: (client) => client.query(BOOK, { id: "1" }),
  errors: (client) => client.query(WRONG, {}),
  "a source's error": (client) => client.query(BOOK, { id: "lost" }),
  mutation: (client) => client.mutation(RATE, { id: "1", stars: 5 }),
  subscription: (client, name) => client.subscription?.(SOLD, { shop: name }),
};

async function tried(name, client) {
  const found = {};
  for (const [what, ask] of Object.entries(cases)) {
    found[what] = await Promise.resolve(ask(client, name)).catch((error) => ({ failed: `${error}` }));
  }
  return [name, found];
}

const audits = await Promise.all(
  serverAudits({ url }).map(async ({ id, name, fn }) => {
    const { status, reason } = await fn();
    return { id, name, status, reason: reason ?? null };
  }),
);
const all = await Promise.all(Object.entries(clients).map(([name, client]) => tried(name, client)));
// Each its own text, or one would find what another had kept. Twice: the second is kept.
const twice = {};
for (const [name, client] of Object.entries(persisted)) {
  const text = BOOK.replace("Book", name.replace(/\W/g, "_"));
  const found = [];
  for (const id of ["1", "2"]) found.push(await client.query(text, { id }).catch((error) => `${error}`));
  twice[name] = { found, wrong: await client.query(WRONG, {}), sent: sent[name] };
}
console.log(JSON.stringify({ audits, clients: Object.fromEntries(all), persisted: twice }));
process.exit(0);
