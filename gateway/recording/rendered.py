"""A call as it says what it asks for: without headers, host or credentials.

In charge of one form for every kind of source, the same where a call is made, recorded
and replayed. Pure. Must never name where a source is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from gateway.connectors.base import Call
from gateway.connectors.graphql.target import GraphqlTarget, request_body
from gateway.connectors.grpc.sending import rendered as grpc_call
from gateway.connectors.grpc.target import GrpcTarget
from gateway.connectors.rest_request import RestTarget, payload, render
from gateway.connectors.rows import SqlTarget
from gateway.errors import GatewayError


def rendered(call: Call[object]) -> Mapping[str, object]:
    """Method, URL below the source's and body, or what other sources have of these.

    A call that could not be made is its values alone.
    """
    target, inputs = call.target, call.inputs
    asked: dict[str, object]
    try:
        match target:
            case RestTarget():
                made = render(target, inputs)
                body = payload(target, inputs)
                asked = {"method": made.method, "url": made.url}
                return asked if body is None else {**asked, "body": body}
            case GraphqlTarget():
                return {"method": "POST", "body": request_body(target, inputs)}
            case GrpcTarget():
                made_of = cast("Call[GrpcTarget]", call)
                return {"rpc": target.path, "message": grpc_call(made_of).message}
            case SqlTarget():
                return {"query": target.query, "values": dict(inputs)}
    except GatewayError:
        pass
    return {"values": dict(inputs)}
