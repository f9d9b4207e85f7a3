"""Whether an answer under faults is right: what it should be, or said not to be.

In charge of one comparison. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def wrong(whole: Any, answer: Mapping[str, Any]) -> str | None:
    """What is wrong with an answer, of which ``whole`` is the data without faults.

    Every value is as it should be, or null and there is an error that says so.
    """
    told = [
        tuple(part for part in error.get("path", ()) if isinstance(part, str))
        for error in answer.get("errors", ())
    ]
    return next(_differences(whole, answer.get("data"), (), told), None)


def _differences(
    whole: Any, got: Any, path: tuple[str, ...], told: list[tuple[str, ...]]
) -> Iterator[str]:
    where = ".".join(path) or "data"
    if got is None and whole is not None:
        if not any(one[: len(path)] == path or path[: len(one)] == one for one in told):
            yield f"{where} is null, and no error says why"
    elif isinstance(whole, dict) and isinstance(got, dict):
        if whole.keys() != got.keys():
            yield f"{where} has other keys"
        for key in whole.keys() & got.keys():
            yield from _differences(whole[key], got[key], (*path, key), told)
    elif isinstance(whole, list) and isinstance(got, list):
        if len(whole) != len(got):
            yield f"{where} has {len(got)} items in place of {len(whole)}"
        for one, other in zip(whole, got, strict=False):
            yield from _differences(one, other, path, told)
    elif whole != got:
        yield f"{where} has another value"
