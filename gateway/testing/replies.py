"""Replies written in a profile test, given by the rules of real sources.

In charge of turning a `StepReply` into what the step's connector would make of it:
the request is rendered, statuses are judged and bodies decoded by the connectors' own
functions, so that a test cannot pass on a reply that would fail in production.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson

from gateway.canned import CannedReply
from gateway.connectors.acceptance import answer, check_status
from gateway.connectors.base import Call, Reply
from gateway.connectors.bodies.media import media_type
from gateway.connectors.bodies.reading import HowRead, Reads, decoded
from gateway.connectors.graphql.answering import answered
from gateway.connectors.graphql.target import GraphqlTarget, request_body
from gateway.connectors.graphql.telling import detailed
from gateway.connectors.grpc.sending import rendered, replied
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.mock import MockSource, MockTarget
from gateway.connectors.rest_request import RestTarget, payload, render
from gateway.connectors.rows import SqlTarget, checked_rows
from gateway.connectors.transport.base import WireReply
from gateway.errors import ErrorClass, UpstreamError
from gateway.profile.model import Step
from gateway.testing.document import StepReply
from gateway.testing.source import Behaviour, failure
from gateway.values import JsonValue


def script_of(
    replies: Mapping[str, Sequence[StepReply]],
    steps: Mapping[str, Step],
    unwrap: str | None,
) -> Mapping[str, Sequence[Behaviour]]:
    """The script of a source whose answers stand under the key `unwrap`.

    Steps of type mock, and those with a `mock`, give their own where they have no
    reply here.
    """
    mocks = {
        name: [MockSource().call]
        for name, step in steps.items()
        if isinstance(step.target, MockTarget)
    }
    stand_ins = {
        name: [behaviour(_as_reply(one), unwrap) for one in step.mock]
        for name, step in steps.items()
        if step.mock
    }
    written = {
        step: [behaviour(reply, unwrap) for reply in several]
        for step, several in replies.items()
    }
    return {**mocks, **stand_ins, **written}


def _as_reply(mock: CannedReply) -> StepReply:
    """A step's own `mock`, where a case says nothing in its place."""
    return StepReply.model_construct(**dict(mock), rows=None)


def behaviour(reply: StepReply, unwrap: str | None = None) -> Behaviour:
    """Reply as written, to a call that could really be made."""

    async def behave(call: Call[Any]) -> Reply:
        wire(call)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.error:
            raise failure(ErrorClass(reply.error))
        if isinstance(call.target, RestTarget):
            return _over_http(reply, call.target, unwrap)
        if isinstance(call.target, GraphqlTarget):
            return _over_graphql(reply, call)
        if isinstance(call.target, GrpcTarget):
            return replied(call.target, reply.status, reply.body)
        body = reply.body if reply.rows is None else list(reply.rows)
        if isinstance(call.target, SqlTarget):
            return Reply(checked_rows(body, call.target.rows))
        return Reply(body)

    return behave


def wire(call: Call[Any]) -> Mapping[str, JsonValue]:
    """What goes over the wire: method, URL below the source's, headers, body.

    Raises:
        UpstreamError: a value cannot stand where the step wants it.
    """
    target = call.target
    inputs = {key: cast("JsonValue", value) for key, value in call.inputs.items()}
    if isinstance(target, GraphqlTarget):
        asked = cast("JsonValue", request_body(target, call.inputs))
        headers = {**call.headers, **call.passing}
        return {"method": "POST", "headers": headers, "body": asked}
    if isinstance(target, GrpcTarget):
        made = rendered(call)
        shown = {name: str(value) for name, value in made.metadata}
        message = cast("JsonValue", made.message)
        return {"rpc": target.path, "metadata": shown, "message": message}
    if not isinstance(target, RestTarget):
        return inputs
    request = render(target, call.inputs)
    return {
        "method": request.method,
        "url": request.url,
        "headers": {**call.headers, **request.headers, **call.passing},
        "body": cast("JsonValue", payload(target, call.inputs)),
    }


def _over_graphql(reply: StepReply, call: Call[GraphqlTarget]) -> Reply:
    """A whole response, with its data and errors."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    content = orjson.dumps(reply.body)
    try:
        check_status(reply.status, frozenset(), headers, content)
    except UpstreamError as error:
        raise detailed(error, call.target, call.inputs) from None
    came = decoded(content, exact=call.target.exact)
    body, partial = answered(call.target, call.step, came, call.inputs)
    return Reply(body, reply.status, headers, len(content), partial)


def _over_http(reply: StepReply, target: RestTarget, unwrap: str | None) -> Reply:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    if isinstance(reply.body, str) and _is_as_sent(headers, target):
        came = WireReply(reply.status, reply.body.encode(), headers)
        how: HowRead = target
    else:
        content = b"" if reply.body is None else orjson.dumps(reply.body)
        came = WireReply(reply.status, content)
        how = Reads(exact=target.exact)
    check_status(reply.status, target.accepts, headers, came.content)
    body = answer(came, how, unwrap=unwrap)
    return Reply(body, reply.status, headers, len(came.content))


def _is_as_sent(headers: Mapping[str, str], target: RestTarget) -> bool:
    """Whether text is a whole body: CSV, XML and NDJSON are read in tests too."""
    kind = target.reads or media_type(headers.get("content-type", "")).kind
    return kind in ("csv", "xml", "ndjson")
