// The clients that people use, each with its default settings, subscribed to one gateway.
//
// In: the gateway's URL as the argument. Each client takes two answers and leaves.
// Out: {client: [answers]} on stdout.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { createClient as createSSE } from "graphql-sse";
import { createClient as createWS } from "graphql-ws";
import WebSocket from "ws";

const url = process.argv[2];
const QUERY = `subscription Paid($customer: ID!) {
  paid(customer: $customer) { payment { id } account { owner } }
}`;
const asked = (customer) => ({ query: QUERY, variables: { customer } });

// urql aborts its fetch when it leaves, and hears of that itself.
process.on("unhandledRejection", (error) => {
  if (error.name !== "AbortError") throw error;
});

// `begin(next, fail)` subscribes and gives what leaves.
function two(begin) {
  return new Promise((resolve, reject) => {
    const found = [];
    let leave = () => {};
    const next = (answer) => {
      found.push(answer);
      if (found.length === 2) {
        leave();
        resolve(found);
      }
    };
    leave = begin(next, reject) ?? leave;
  });
}

const shown = ({ data, errors, error }) => ({ data, failed: error ?? errors ?? null });
const sink = (next, fail) => ({ next: (r) => next(shown(r)), error: fail, complete() {} });

const clients = {
  "graphql-ws": (next, fail) => {
    const client = createWS({ url: url.replace("http", "ws"), webSocketImpl: WebSocket });
    return client.subscribe(asked("ws"), sink(next, fail));
  },
  "graphql-sse": (next, fail) => {
    const client = createSSE({ url });
    return client.subscribe(asked("sse"), sink(next, fail));
  },
  urql: (next) => {
    const client = new Client({ url, exchanges: [fetchExchange], fetchSubscriptions: true });
    const { unsubscribe } = client
      .subscription(QUERY, { customer: "urql" })
      .subscribe((result) => next(shown(result)));
    return unsubscribe;
  },
  apollo: (next, fail) => {
    const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
    const found = client
      .subscribe({ query: gql(QUERY), variables: { customer: "apollo" } })
      .subscribe({ next: (r) => next(shown(r)), error: fail });
    return () => found.unsubscribe();
  },
};

const answers = {};
await Promise.all(
  Object.entries(clients).map(async ([name, begin]) => {
    answers[name] = await two(begin).catch((error) => [`${error?.message ?? JSON.stringify(error)}`]);
  }),
);
console.log(JSON.stringify(answers));
process.exit(0);
