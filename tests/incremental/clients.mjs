// The clients that people use, each asking once for an answer in parts.
//
// In: the gateway's URL as the argument. The gateway holds the slow part back until it
// is told on stdin that a first answer was seen: one line on stderr for each client.
// Out: {client: [answers]} on stdout.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { Client, fetchExchange } from "@urql/core";

const url = process.argv[2];
const QUERY = `query { customer(id: "7") {
  profile { name } ... @defer(label: "risk") { risk { score } }
} }`;
const plain = (value) => JSON.parse(JSON.stringify(value ?? null));

function apollo(incrementalHandler) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: url }),
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

const clients = {
  "apollo, earlier": apollo(new Defer20220824Handler()),
  "apollo, current": apollo(new GraphQL17Alpha9Handler()),
  urql: (seen, done) => {
    const client = new Client({ url, exchanges: [fetchExchange] });
    client.query(QUERY, {}).subscribe((result) => {
      seen({ data: plain(result.data), failed: result.error?.message ?? null });
      if (!result.hasNext) done();
    });
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
