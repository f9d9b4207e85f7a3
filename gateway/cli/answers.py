"""What a running gateway answers a command, or whoever else listens there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

STRANGER = "what listens there is no gateway"


def told_by(answer: httpx.Response) -> Mapping[str, Any]:
    """The JSON object that it is; empty where it is none."""
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def refusal_of(answer: httpx.Response) -> str:
    """What the gateway says is wrong; something else may listen there, too."""
    match told_by(answer).get("errors"):
        case [{"message": str(message)}, *_]:
            return message
    return f"{STRANGER}: it answered {answer.status_code}"
