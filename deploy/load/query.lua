-- wrk (Debian: apt-get install wrk), a closed loop: how much a gateway can do at most.
--   wrk -t2 -c64 -d30s -s deploy/load/query.lua http://127.0.0.1:4300/graphql
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local customers = { "42", "7", "11", "19" }
local number = 0
function request()
  number = number + 1
  local id = customers[number % #customers + 1]
  return wrk.format(nil, nil, nil, string.format(
    '{"query": "query ($id: ID!) { customer360(customer_id: $id) { account { name } risk { score } } }", "variables": {"id": "%s"}}', id))
end
wrong = 0                         -- of a thread; no local, so that `done` can read it
function response(status, headers, body)
  if status ~= 200 or string.find(body, '"errors"', 1, true) then wrong = wrong + 1 end
end
local threads = {}
function setup(thread) table.insert(threads, thread) end
function done()
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("wrong") end
  io.write(string.format("wrong answers: %d\n", all))
end
