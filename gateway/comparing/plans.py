"""Two plans for one query → what is otherwise, step by step.

In charge of finding it in the form that `extensions.plan` has; steps are the same where
their ids are. Must never make a plan, nor judge whether a difference is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from gateway.record import Model, field
from gateway.values import JsonValue, canonical

Keys = Mapping[str, JsonValue]
_PLACES = frozenset({"defined_at"})
"""Keys that say where a step stands: one that only moved is the same step."""
_NAMES = frozenset({"id", "step", "keys", "status"})
"""What a step is known by, or what is not known before it runs."""


class Mark(StrEnum):
    """What became of a step, of the left plan and then of the right."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


class Planned(Model, frozen=True):
    """One side: its plan, and what more is known of its steps, by id and key."""

    plan: Keys
    steps: Mapping[str, Keys] = field(default_factory=dict)


class Otherwise(Model, frozen=True):
    """A key that is otherwise. A side is None where it has no such key.

    ``left_at`` and ``right_at`` are the places, where they are known.
    """

    key: str
    left: str | None
    right: str | None
    left_at: str | None = None
    right_at: str | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """For programs."""
        told: dict[str, JsonValue] = {
            "key": self.key,
            "left": self.left,
            "right": self.right,
        }
        if self.left_at or self.right_at:
            told |= {"left_at": self.left_at, "right_at": self.right_at}
        return told


class Difference(Model, frozen=True):
    """A step of either plan, and what of it is otherwise."""

    id: str
    mark: Mark
    keys: tuple[Otherwise, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """For programs."""
        keys: list[JsonValue] = [one.as_json() for one in self.keys]
        return {"id": self.id, "mark": self.mark.value, "keys": keys}


def differences(left: Planned, right: Planned) -> tuple[Difference, ...]:
    """Every step of both, those of the left plan first, in the order of the plans."""
    was, now = _steps(left.plan), _steps(right.plan)
    found = [_of_step(id_, left, right) for id_ in was if id_ in now]
    gone = (Difference(id_, Mark.REMOVED) for id_ in was if id_ not in now)
    new = (Difference(id_, Mark.ADDED) for id_ in now if id_ not in was)
    known = {one.id: one for one in (*found, *gone, *new)}
    return tuple(known[id_] for id_ in {**was, **now})


def otherwise(left: Keys, right: Keys) -> tuple[Otherwise, ...]:
    """What is otherwise besides steps: what was left out, the profiles, the cost."""
    return tuple(_of_plans(left, right))


def _steps(plan: Keys) -> dict[str, Keys]:
    steps = plan.get("steps")
    listed = steps if isinstance(steps, list) else []
    return {str(one["id"]): one for one in listed if isinstance(one, Mapping)}


def _of_step(id_: str, left: Planned, right: Planned) -> Difference:
    was, now = _steps(left.plan)[id_], _steps(right.plan)[id_]
    known_was, known_now = left.steps.get(id_, {}), right.steps.get(id_, {})
    more = [*_known(known_was, known_now)]
    told = {one.key for one in more}
    others = {*was, *now} - _NAMES - _PLACES - {*known_was, *known_now}
    more += [
        Otherwise(key, _text(was.get(key)), _text(now.get(key)))
        for key in others
        if was.get(key) != now.get(key) and _MEANT.get(key, key) not in told
    ]
    if not more:
        return Difference(id_, Mark.SAME)
    return Difference(id_, Mark.CHANGED, tuple(sorted(more, key=lambda one: one.key)))


_MEANT = {"timeout_ms": "timeout", "depends_on": "reads"}
"""Keys of a plan's step that are told by another name where more is known."""


def _known(left: Keys, right: Keys) -> Iterator[Otherwise]:
    for key in sorted({*left, *right}):
        (was, was_at), (now, now_at) = _fact(left.get(key)), _fact(right.get(key))
        if was != now:
            yield Otherwise(key, was, now, was_at, now_at)


def _fact(found: JsonValue) -> tuple[str | None, str | None]:
    if not isinstance(found, Mapping):
        return None, None
    return _text(found.get("text")), _text(found.get("at"))


def _of_plans(left: Keys, right: Keys) -> Iterator[Otherwise]:
    for key in ("profiles", "left_out", "flags"):
        was, now = _map(left, key), _map(right, key)
        for name in sorted({*was, *now}):
            before, after = _named(was.get(name)), _named(now.get(name))
            if before != after:
                yield Otherwise(f"{key}.{name}", before, after)
    before, after = _path(left), _path(right)
    if before != after:
        yield Otherwise("critical_path", before, after)
    was, now = _map(left, "cost"), _map(right, "cost")
    for name in ("total", "calls"):
        if was.get(name) != now.get(name):
            yield Otherwise(f"cost.{name}", _text(was.get(name)), _text(now.get(name)))


def _map(plan: Keys, key: str) -> Keys:
    found = plan.get(key)
    return found if isinstance(found, Mapping) else {}


def _named(value: JsonValue) -> str | None:
    """A profile by its name and file: its digest says nothing to people."""
    if isinstance(value, Mapping) and "file" in value:
        return f"{value.get('name')} ({value['file']})"
    return _text(value)


def _path(plan: Keys) -> str | None:
    found = plan.get("critical_path")
    return " > ".join(map(str, found)) if isinstance(found, list) and found else None


def _text(value: JsonValue) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return canonical(value).decode()
