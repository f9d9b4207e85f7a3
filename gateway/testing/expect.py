"""What came against what was expected: differences as lines a person can act on.

Pure. An expectation that is not written is not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from gateway.record import Model, field
from gateway.testing.document import ExpectDocument, PlanExpectation
from gateway.values import JsonValue

_TIME_DIGITS = 6


class Came(Model, frozen=True):
    """What one case came to. ``elapsed`` is in virtual seconds."""

    response: Mapping[str, JsonValue]
    calls: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, Sequence[Mapping[str, JsonValue]]] = field(
        default_factory=dict
    )
    elapsed: float = 0.0


def differences(expect: ExpectDocument, came: Came) -> list[str]:
    """Every way in which `came` is not as expected; empty where it is."""
    return list(_differences(expect, came))


def _differences(expect: ExpectDocument, came: Came) -> Iterator[str]:
    response = came.response
    if expect.calls is not None:
        wanted = {step: times for step, times in expect.calls.items() if times}
        yield from compare(wanted, dict(came.calls), "calls")
    for step, requests in (expect.requests or {}).items():
        yield from matched(requests, came.requests.get(step, ()), f"requests.{step}")
    if "data" in expect.model_fields_set:
        yield from compare(expect.data, response.get("data"), "data")
    if expect.errors is not None:
        yield from _errors(expect.errors, response.get("errors", ()))
    extensions = _mapping(response.get("extensions"))
    if expect.plan is not None:
        yield from _plan(expect.plan, _mapping(extensions.get("plan")))
    if expect.extensions is not None:
        yield from matches(expect.extensions, extensions, "extensions")
    if expect.elapsed is not None:
        took = round(came.elapsed, _TIME_DIGITS)
        if took != round(expect.elapsed, _TIME_DIGITS):
            yield f"elapsed: expected {expect.elapsed:g} s, took {took:g} s"


def compare(wanted: JsonValue, got: JsonValue, at: str) -> Iterator[str]:
    """Differences of whole values, each with its place."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        for key in dict.fromkeys((*wanted, *got)):
            if key not in got:
                yield f"{at}.{key}: expected {shown(wanted[key])}, it is missing"
            elif key not in wanted:
                yield f"{at}.{key}: not expected, there is {shown(got[key])}"
            else:
                yield from compare(wanted[key], got[key], f"{at}.{key}")
    elif isinstance(wanted, list | tuple) and isinstance(got, list | tuple):
        if len(wanted) != len(got):
            yield f"{at}: expected {shown(wanted)}, got {shown(got)}"
            return
        for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from compare(one, other, f"{at}[{number}]")
    elif not _equal(wanted, got):
        yield f"{at}: expected {shown(wanted)}, got {shown(got)}"


def matches(wanted: JsonValue, got: JsonValue, at: str) -> Iterator[str]:
    """Differences of what is wanted; keys of maps that are not mentioned are free."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        for key, value in wanted.items():
            if key in got:
                yield from matches(value, got[key], f"{at}.{key}")
            else:
                yield f"{at}.{key}: expected {shown(value)}, it is missing"
    elif isinstance(wanted, list | tuple) and isinstance(got, list | tuple):
        yield from matched(wanted, got, at)
    else:
        yield from compare(wanted, got, at)


def matched(
    wanted: Sequence[JsonValue], got: Sequence[JsonValue], at: str
) -> Iterator[str]:
    """Differences of entries in order, each matched by the keys wanted of it."""
    if len(wanted) != len(got):
        yield f"{at}: expected {len(wanted)}, got {len(got)}: {shown(list(got))}"
        return
    for number, (one, other) in enumerate(zip(wanted, got, strict=True)):
        yield from matches(one, other, f"{at}[{number}]")


def _errors(wanted: Sequence[Mapping[str, JsonValue]], got: JsonValue) -> Iterator[str]:
    """Each expected error takes one that matches; what is left over is told."""
    left = [_flat(error) for error in _list(got)]
    for number, one in enumerate(wanted):
        found = next((e for e in left if not list(matches(one, e, ""))), None)
        if found is None:
            yield f"errors[{number}]: expected {shown(one)}, there is no such error"
        else:
            left.remove(found)
    for error in left:
        yield f"errors: not expected, there is {shown(error)}"


def _flat(error: JsonValue) -> Mapping[str, JsonValue]:
    """An error with its extensions beside its own keys."""
    entry = _mapping(error)
    return {**_mapping(entry.get("extensions")), **entry}


def _plan(wanted: PlanExpectation, got: Mapping[str, JsonValue]) -> Iterator[str]:
    if wanted.steps is not None:
        ids = [str(_mapping(step).get("id")) for step in _list(got.get("steps"))]
        yield from compare(sorted(wanted.steps), sorted(ids), "plan.steps")
    if wanted.left_out is not None:
        yield from compare(wanted.left_out, got.get("left_out"), "plan.left_out")
    if wanted.critical_path is not None:
        path = got.get("critical_path")
        yield from compare(wanted.critical_path, path, "plan.critical_path")


def shown(value: JsonValue) -> str:
    """A value on one line, as JSON."""
    return orjson.dumps(value, default=str).decode()


def _equal(wanted: JsonValue, got: JsonValue) -> bool:
    """Equal as JSON: true is not 1, and 1 is 1.0."""
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    return wanted == got


def _list(value: JsonValue) -> Sequence[JsonValue]:
    return value if isinstance(value, list | tuple) else ()


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}
