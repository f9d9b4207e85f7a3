// k6, an open loop: 200 requests a second, however long answers take.
//   k6 run -e URL=http://127.0.0.1:4300/graphql deploy/load/query.js
import http from "k6/http";
import { check } from "k6";

export const options = {
  scenarios: {
    open: { executor: "constant-arrival-rate", rate: 200, timeUnit: "1s", duration: "1m", preAllocatedVUs: 100, maxVUs: 1000 },
  },
  thresholds: { http_req_failed: ["rate<0.001"], http_req_duration: ["p(99)<1000"], checks: ["rate>0.999"] },
};
const query = "query ($id: ID!) { customer360(customer_id: $id) { account { name } risk { score } } }";

export default function () {
  const id = ["42", "7", "11", "19"][__ITER % 4];
  const body = JSON.stringify({ query, variables: { id } });
  const reply = http.post(__ENV.URL, body, { headers: { "content-type": "application/json" } });
  check(reply, { whole: (r) => r.status === 200 && !r.json("errors") });
}
