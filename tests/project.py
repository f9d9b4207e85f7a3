"""A project of files in a folder, and the gateway of it, asked without HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway.app import Gateway
from gateway.request.model import Asking, RequestContext
from gateway.values import JsonValue


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """The files in a folder; its headwater.yaml."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "headwater.yaml"


async def ask(
    gateway: Gateway, query: str, variables: Mapping[str, JsonValue] | None = None
) -> Mapping[str, JsonValue]:
    """The answer as JSON, to somebody who may see everything."""
    clock = gateway.pipeline.clock
    request = RequestContext(
        request_id="test", started=clock.now(), time=clock.wall(), explain=True
    )
    asking = Asking(query, None, variables or {})
    answer = await gateway.pipeline.answer(gateway.current, asking, request)
    return answer.as_json()
