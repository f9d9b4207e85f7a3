"""The body of an invalidation → what is to go, with a clear error for all else.

In charge of its shape, and of what its names mean. An operation or step that does not
exist is refused: taking nothing away, and saying no more than 0, would leave somebody
with old data. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from gateway.cache.base import operation_tag, step_tag
from gateway.errors import RequestError, did_you_mean
from gateway.profile.model import Audience, Step
from gateway.record import Model
from gateway.values import JsonValue

MOST_NAMES = 1_000
"""Tags and keys of one call together."""
_MEMBERS = ("operation", "step", "tags", "keys")


class Wanted(Model, frozen=True):
    """What is to go: every entry with one of the tags, or under one of the keys."""

    tags: tuple[str, ...]
    keys: tuple[str, ...]


def read_wanted(body: bytes, audience: Audience) -> Wanted:
    """What a body names, all of it known to the audience.

    Raises:
        RequestError: it is not JSON, has another shape, or names what is not there.
    """
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"The body is not valid JSON: {error.msg}.") from None
    if not isinstance(members, dict):
        raise RequestError("The body is not a JSON object.")
    _check_names(members)
    tags, keys = _texts(members, "tags"), _texts(members, "keys")
    if len(tags) + len(keys) > MOST_NAMES:
        raise RequestError(f"There are more than {MOST_NAMES} tags and keys.")
    own = _own_tag(_text(members, "operation"), _text(members, "step"), audience)
    if not (own or tags or keys):
        raise RequestError(
            "The body names nothing to invalidate.",
            hint="name an operation, an operation and a step, tags or keys",
        )
    return Wanted((*own, *tags), keys)


def _check_names(members: Mapping[str, JsonValue]) -> None:
    for name in members:
        if name not in _MEMBERS:
            raise RequestError(
                f"There is no member {name[:40]!r}.",
                hint=did_you_mean(name, _MEMBERS)
                or f"the members are {', '.join(_MEMBERS)}",
            )


def _own_tag(
    operation: str | None, step: str | None, audience: Audience
) -> tuple[str, ...]:
    """The tag that the entries of an operation or of one of its steps have."""
    if operation is None:
        if step is None:
            return ()
        raise RequestError(
            "A step is one of an operation's.", hint="name the 'operation' too"
        )
    steps = _steps(audience)
    if operation not in steps:
        raise RequestError(
            f"There is no operation or entity type {operation[:80]!r}.",
            hint=did_you_mean(operation, steps),
        )
    if step is None:
        return (operation_tag(operation),)
    if step not in steps[operation] and operation not in audience.unavailable:
        raise RequestError(
            f"{operation!r} has no step {step[:80]!r}.",
            hint=did_you_mean(step, steps[operation]),
        )
    return (step_tag(operation, step),)


def _steps(audience: Audience) -> Mapping[str, set[str]]:
    """The names of all steps by the operation or entity type that they stand in."""
    found: dict[str, set[str]] = {
        name: set() for name in (*audience.profiles, *audience.unavailable)
    }
    for step in _every_step(audience):
        found.setdefault(step.origin, set()).add(step.name)
    return found


def _every_step(audience: Audience) -> Iterator[Step]:
    entities = [*audience.entities.values()]
    for profile in audience.profiles.values():
        yield from profile.steps.values()
        entities += profile.entities.values()
    for entity in entities:
        yield from (*entity.steps.values(), *entity.lookups.values())


def _text(members: Mapping[str, JsonValue], name: str) -> str | None:
    found = members.get(name)
    if found is None or (isinstance(found, str) and found):
        return found
    raise RequestError(f"{name!r} is not a text that says something.")


def _texts(members: Mapping[str, JsonValue], name: str) -> tuple[str, ...]:
    found = members.get(name)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(t, str) and t for t in found):
        raise RequestError(
            f"{name!r} is not a list of texts.", hint=f'write "{name}": ["..."]'
        )
    return tuple(found)
