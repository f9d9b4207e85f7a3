"""Frames of graphql-transport-ws: whether one is well formed, and those that we write.

Pure but for `say`. Must never decide what an operation comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation

from gateway.response.model import Answer

_NUMBER = "request_id"


def frame_fault(message: object) -> str | None:
    """What is wrong with the shape of a frame; Strawberry trusts it."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message is an object with a type"
    if message["type"] not in ("subscribe", "complete"):
        return None
    if not isinstance(message.get("id"), str) or not message["id"]:
        return "The message has no id"
    if message["type"] == "subscribe" and not isinstance(message.get("payload"), dict):
        return "The message has no payload"
    return None


def place_of(payload: Mapping[str, Any]) -> str | None:
    """The event after which a subscription goes on."""
    extensions = payload.get("extensions")
    place = extensions.get("lastEventId") if isinstance(extensions, Mapping) else None
    return place if isinstance(place, str) and place else None


def next_of(operation: Operation[Any, None], answer: Answer) -> Any:
    return {"id": operation.id, "type": "next", "payload": answer.as_sent()}


def complete_of(operation: Operation[Any, None]) -> Any:
    return {"id": operation.id, "type": "complete"}


async def say(operation: Operation[Any, None], body: object) -> None:
    message: Any = {"id": operation.id, "type": "next", "payload": body}
    await operation.send_operation_message(message)


def numbered_frame(frame: Any, request_id: str) -> Any:
    """The frame; one that tells of errors with the id under which the log has them."""
    payload = frame.get("payload")
    if frame.get("type") == "error" and isinstance(payload, list):
        return {**frame, "payload": [_numbered(one, request_id) for one in payload]}
    if isinstance(payload, dict) and payload.get("errors"):
        return {**frame, "payload": _numbered(payload, request_id)}
    return frame


def _numbered(entry: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    more = {**(entry.get("extensions") or {}), _NUMBER: request_id}
    return {**entry, "extensions": more}
