"""A variant laid over its base: two trees → one, which remembers both files.

In charge of the merge: maps by key, steps by name in the base's order, lists and all
else replaced, and only what `remove` names is left away. Must never change what it is
given, nor know what a key means, besides the few that are a variant's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.errors import Problems, did_you_mean
from gateway.profile.source import Document
from gateway.profile.tree import FILE_BITS, Place
from gateway.values import JsonValue, SourceSpan

OWN: Final = frozenset({"profile", "match", "priority", "extends", "remove"})
"""What a file says of itself and hands on to nobody."""
KEPT: Final = frozenset({"operation", "kind", "language"})
"""What the base decides for all that extends it."""
_STEPS: Final = "steps"

_Node = tuple[Any, Any]
"""A value and its place."""


def layered(base: Document, over: Document, problems: Problems) -> Document:
    """The base as the variant has it. Neither is changed.

    A problem where `remove` names what the base does not have.
    """
    layers = (*(base.layers or (base,)), over)
    places = _lifted(over.places, (len(layers) - 1) << FILE_BITS)
    below = {k: v for k, v in base.data.items() if k not in OWN}
    silent = (OWN | KEPT) - {"profile"}
    above = {k: v for k, v in over.data.items() if k not in silent}
    node: _Node = below, base.places
    removed = over.data.get("remove")
    if isinstance(removed, Sequence) and not isinstance(removed, str):
        for number, path in enumerate(removed):
            cut = _without(node, path) if isinstance(path, str) else node
            if cut is None:
                span = over.span(("remove", number))
                _not_there(str(path), below, span, problems)
            else:
                node = cut
    data, place = _merged(node, (above, places), top=True)
    return Document(
        over.file,
        data,
        place,
        base.spoiled | over.spoiled,
        f"{base.text}\n{over.text}",
        layers,
    )


def _lifted(place: Place, by: int) -> Any:
    """The same places, of another file."""
    if isinstance(place, int):
        return place | by
    at, below = place
    if isinstance(below, Mapping):
        found = below.items()
        return at | by, {k: (key | by, _lifted(v, by)) for k, (key, v) in found}
    return at | by, [_lifted(one, by) for one in below]


def _merged(base: _Node, over: _Node, *, top: bool = False) -> _Node:
    """A map over a map, key by key; at the top the steps besides, by name."""
    below, above = base[0], over[0]
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return over
    data: dict[str, JsonValue] = dict(below)
    places = dict(base[1][1])
    for key, value in above.items():
        key_at, place = over[1][1][key]
        node: _Node = value, place
        if key in data:
            under: _Node = data[key], places[key][1]
            is_steps = top and key == _STEPS
            node = _steps(under, node) if is_steps else _merged(under, node)
        data[key], places[key] = node[0], (key_at, node[1])
    kept = {key: places[key] for key in data if key in places}
    return data, (over[1][0], kept)


def _steps(base: _Node, over: _Node) -> _Node:
    """Steps by name, in the base's order; new ones come after them."""
    if not isinstance(base[0], Sequence) or not isinstance(over[0], Sequence):
        return over
    made: list[_Node] = list(zip(base[0], base[1][1], strict=True))
    index = {name_of(step): number for number, (step, _) in enumerate(made)}
    for node in zip(over[0], over[1][1], strict=True):
        number = index.get(name_of(node[0]))
        if number is None or name_of(node[0]) is None:
            made.append(node)
        else:
            made[number] = _merged(made[number], node)
    return [value for value, _ in made], (over[1][0], [place for _, place in made])


def name_of(step: object) -> str | None:
    """The name of a step as written; None where it has none."""
    name = step.get("name") if isinstance(step, Mapping) else None
    return name if isinstance(name, str) else None


def _without(node: _Node, path: str) -> _Node | None:
    """A profile without a step, a key of one, or a key of its own; None: not there."""
    data, place = node
    steps = data.get(_STEPS)
    name, _, rest = path.partition(".")
    listed = steps if isinstance(steps, Sequence) and not isinstance(steps, str) else ()
    for number, step in enumerate(listed):
        if name_of(step) == name:
            return _without_of_step(node, number, rest)
    if name in KEPT | {_STEPS} | OWN:
        return None
    return _cut((data, place), path)


def _without_of_step(node: _Node, number: int, rest: str) -> _Node | None:
    data, (at, places) = node
    key_at, (steps_at, step_places) = places[_STEPS]
    steps, below = list(data[_STEPS]), list(step_places)
    if rest:
        cut = None if rest == "name" else _cut((steps[number], below[number]), rest)
        if cut is None:
            return None
        steps[number], below[number] = cut
    else:
        del steps[number], below[number]
    moved = {**places, _STEPS: (key_at, (steps_at, below))}
    return {**data, _STEPS: steps}, (at, moved)


def _cut(node: _Node, path: str) -> _Node | None:
    """A map without a key, which may have dots itself, or without one below a key."""
    data, place = node
    if not isinstance(data, Mapping):
        return None
    at, places = place
    if path in data:
        return (
            {key: value for key, value in data.items() if key != path},
            (at, {key: found for key, found in places.items() if key != path}),
        )
    key, _, rest = path.partition(".")
    if not rest or key not in data:
        return None
    cut = _cut((data[key], places[key][1]), rest)
    if cut is None:
        return None
    return {**data, key: cut[0]}, (at, {**places, key: (places[key][0], cut[1])})


def _not_there(
    path: str, base: Mapping[str, JsonValue], span: SourceSpan, problems: Problems
) -> None:
    steps = base.get(_STEPS)
    listed = steps if isinstance(steps, Sequence) and not isinstance(steps, str) else ()
    known = {name: step for step in listed if (name := name_of(step))}
    name, _, rest = path.partition(".")
    step = known.get(name)
    if path in KEPT | {_STEPS} | OWN or (step is not None and rest == "name"):
        hint: str | None = "remove steps, keys of steps, or other keys of the profile"
        problems.add(span, f"{path!r} cannot be removed", hint=hint)
        return
    if isinstance(step, Mapping) and rest:
        near = did_you_mean(rest, step)
        hint = near or f"step {name!r} has {', '.join(step)}"
    else:
        hint = did_you_mean(name, {*known, *base}) or f"it has {', '.join(known)}"
    message = f"the base has no {path!r} to remove"
    problems.add(span, message, hint=hint)


def check_names(base: Document, over: Document, problems: Problems) -> None:
    """Where a variant does not do: steps that it may have meant to change."""
    known = {name for step in _listed(base) if (name := name_of(step))}
    for number, step in enumerate(_listed(over)):
        name = name_of(step)
        near = did_you_mean(name, known) if name and name not in known else None
        if near is not None:
            problems.warn(
                over.span(("steps", number, "name")),
                f"the base has no step {name!r}, so this adds one",
                hint=near,
            )


def _listed(tree: Document) -> Sequence[JsonValue]:
    steps = tree.data.get(_STEPS)
    return steps if isinstance(steps, Sequence) and not isinstance(steps, str) else ()
