"""Names of spans, of what stands in them, and what each means.

In charge of the words: OpenTelemetry's semantic conventions where they have one, and
`headwater.` before all others. The operations guide lists the same. Must never name a
value of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SPANS: Final[Mapping[str, str]] = {
    "query": "A request, by the type of its operation.",
    "mutation": "The same of a mutation.",
    "subscription": "The same of a subscription.",
    "GraphQL Operation": "The same of one that was refused before it was planned.",
    "plan": "From the first step's beginning to the last one's end.",
    "OPERATION.STEP": "A step, of an operation or an entity type.",
    "METHOD /PATH": "One attempt at a step's call, by its endpoint as it is written;"
    " of a step without one by its own name.",
    "SERVICE/RPC": "The same of an rpc.",
    "SELECT TABLE": "The same of a query: what it does, and the tables that it reads.",
}
"""Every span by name; capitals stand for words of the configuration."""
ATTRIBUTES: Final[Mapping[str, str]] = {
    "graphql.operation.name": "The operation's name in its document.",
    "graphql.operation.type": "`query`, `mutation` or `subscription`.",
    "headwater.request_id": "The request's id, as `x-request-id` has it.",
    "headwater.verdict": "What came of it: `whole`, `partial`, `failed`, `refused`.",
    "headwater.kept": "Why it is traced: `chosen`, `failed`, `slow` or `partial`.",
    "headwater.generation": "The number of the configuration that served it.",
    "headwater.digest": "The digest of that configuration.",
    "headwater.release": "The release that it was made of.",
    "headwater.tenant": "The caller's tenant.",
    "headwater.client": "The client's name.",
    "headwater.profiles": "Name and digest of each profile of the request.",
    "headwater.plan": "The plan's digest.",
    "headwater.steps": "How many steps of the plan came to something.",
    "headwater.step": "The step's name.",
    "headwater.operation": "Whose step it is: an operation or an entity type.",
    "headwater.path": "Where in the answer the step stands.",
    "headwater.came": "Where a step's value is from, or a code; of an attempt `ok`,"
    " a class of `retry.errors`, `lost`, `cancelled`, or a code where it was not sent.",
    "headwater.attempts": "How many calls of the step were sent.",
    "headwater.keys": "Of a step of objects: how many different keys were asked for.",
    "headwater.keys.cached": "How many of them were known from before.",
    "headwater.keys.shared": "How many others asked for as well.",
    "headwater.source": "The source's name.",
    "headwater.attempt": "Which attempt of its call it is, from 1; 0: it was not sent.",
    "headwater.hedge": "True of one that ran beside a slow one.",
    "headwater.pause": "Seconds until the next attempt.",
    "headwater.shared": "Of a link: the call that was joined instead of made.",
    "headwater.caused": "Of a link: the span that sent the message that is answered.",
    "peer.service": "The source's name, for drawings of who calls whom.",
    "server.address": "The source's host, or the path of its socket.",
    "server.port": "The source's port.",
    "http.request.method": "The method of an attempt.",
    "url.template": "Its path, as it is written in the profile.",
    "http.request.resend_count": "How many attempts of the call were sent before it.",
    "http.response.status_code": "The status of a reply, or of a failure.",
    "rpc.system": "`grpc`.",
    "rpc.service": "The service of an rpc.",
    "rpc.method": "The rpc's name.",
    "rpc.grpc.status_code": "The number of the status that it ended with; 0: OK.",
    "db.system.name": "Which database it is: `postgresql`, `duckdb`, `redis`.",
    "db.namespace": "The database's name; of Redis its number.",
    "db.operation.name": "What a query does: `SELECT`; of Redis the command.",
    "db.query.summary": "What it does and the tables that it reads, without a value.",
    "messaging.system": "`kafka` or `nats`.",
    "messaging.destination.name": "The topic or subject, where a profile has it whole.",
    "messaging.operation.type": "`process`: a message is answered.",
    "messaging.operation.name": "The same.",
    "error.type": "A failure's code, or class.",
}
EVENTS: Final[Mapping[str, str]] = {
    "sent": "The attempt has had its turn, and leaves.",
    "connected": "It has a connection.",
    "first_byte": "The reply begins to come.",
    "received": "It is there, and is read.",
}
"""What is marked on an attempt, as far as its transport can tell."""
