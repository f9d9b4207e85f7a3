"""What the calls of a batch depend on besides their keys.

Calls with an equal stem may ask for each other's keys. Decides and never waits. Must
never leave out anything that a call or the reading of its reply depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.execution.model import Failed
from gateway.execution.reading import evaluated
from gateway.expression import ABSENT, Decision, Expression, Template
from gateway.profile.model import Input, Selecting, Step
from gateway.values import canonical

_OF_THE_CALL = frozenset({"keys", "response"})


def stem_of(step: Step, scope: Mapping[str, object]) -> bytes | None:
    """The calls' inputs and what their replies are read with, without any key.

    None where it holds something that cannot be compared.
    """
    instead = step.retry.instead if step.retry else None
    parts = [
        *_inputs(step.inputs, scope),
        *(_inputs(instead.inputs, scope) if instead else ()),
        _read(_readers(step), scope),
    ]
    try:
        return canonical(parts)
    except TypeError:
        return None


def reading_of(step: Step, scope: Mapping[str, object]) -> bytes | None:
    """How a reply becomes rows, as content: the expressions and what they read."""
    texts = [_text(one) for one in _of_reply(step)]
    by = step.batch.by if step.batch else None
    many = step.batch is not None and step.batch.many
    try:
        return canonical([texts, by, many, _read(_of_reply(step), scope)])
    except TypeError:
        return None


def _inputs(
    slots: Mapping[str, Input], scope: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Values of slots without a key in them; of the others what else they read."""
    for name, slot in slots.items():
        if "keys" in slot.value.roots:
            yield name, _read([slot.value], scope)
            continue
        found = evaluated(slot.value, scope)
        yield name, repr(found) if isinstance(found, Failed) else found


def _readers(step: Step) -> Iterator[Selecting]:
    yield from _of_reply(step)
    if step.retry is not None and step.retry.condition is not None:
        yield step.retry.condition
    if step.cache is not None:
        yield from step.cache.tags


def _of_reply(step: Step) -> list[Selecting]:
    return [one for one in (step.success_if, step.select) if one is not None]


def _text(one: Selecting) -> str:
    """An expression as content. Our own code is what it is; its call tells the rest."""
    kind = type(one)
    made = f"{kind.__module__}.{kind.__qualname__}"
    return one.text if isinstance(one, Expression) else made


def _read(by: Iterable[Selecting], scope: Mapping[str, object]) -> list[object]:
    """What expressions read of everything but the call's own keys and reply."""
    found = {path for one in by for path in _paths(one)}
    return [
        [root, *path, _at(scope, (root, *path))]
        for root, path in sorted(found)
        if root not in _OF_THE_CALL
    ]


def _paths(one: Selecting) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The paths that an expression reads; whole values where only roots are known."""
    if isinstance(one, Expression | Template | Decision):
        yield from ((read.root, read.path) for read in one.references)
    else:
        yield from ((root, ()) for root in one.roots)


def _at(value: object, path: tuple[str, ...]) -> object:
    """The value at a path, as far as objects go."""
    for name in path:
        if not isinstance(value, Mapping):
            return value
        value = value.get(name)
    return None if value is ABSENT else value
