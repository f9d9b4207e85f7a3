"""An expired reply that its source says is still true. Plain functions; nobody waits.

In charge of what is asked for it, and of what the answer makes of it; when it is asked
is `caching`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.connectors.base import Call, Reply, Source

_UNCHANGED = 304
_OF_THE_BODY = frozenset(
    {"content-length", "content-encoding", "content-type", "transfer-encoding"}
)


def revalidating(
    source: Source[Any], call: Call[Any], kept: Reply | None
) -> tuple[Call[Any], bool]:
    """The call, asking whether the reply still holds, and whether it does ask that."""
    conditions = getattr(source, "conditions", None)
    if kept is None or conditions is None:
        return call, False
    asked: Mapping[str, str] = conditions(call, kept)
    if not asked:
        return call, False
    return call._replace(passing={**call.passing, **asked}), True


def renewed(kept: Reply, came: Reply) -> Reply:
    """What came, or where that is "as it was" what is kept, with its new headers."""
    if came.status != _UNCHANGED:
        return came
    told = {k: v for k, v in came.headers.items() if k not in _OF_THE_BODY}
    return Reply(kept.body, kept.status, {**kept.headers, **told}, kept.size)
