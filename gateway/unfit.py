"""Says in an author's words why a written value does not fit its key.

In charge of turning pydantic's errors into problems with a place and a fix. Must
never let pydantic's own text through, nor show a value that is a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, get_args

from pydantic import BaseModel, ValidationError

from gateway.errors import Problems, did_you_mean
from gateway.record import Model, field
from gateway.values import SourceSpan

Trail = tuple[str | int, ...]
_TAG = re.compile(r"<\w+>")
"""How tags of unions are written, so that they can be told from keys."""
_SHOWN = 60
_MANY_KEYS = 12


class Place(Protocol):
    """Where the value (or the key) at a trail stands."""

    def __call__(self, trail: Sequence[str | int], *, key: bool = False) -> SourceSpan:
        """The nearest place where the trail leads nowhere."""


def _no_foreign(_trail: Trail, _key: str) -> str | None:
    return None


def _nothing_secret(_trail: Trail) -> bool:
    return False


class Unfit(Model, frozen=True):
    """Explains the errors of one file.

    ``foreign`` gives a hint for an unknown key that has a meaning elsewhere.
    ``secret`` says whether the value at a trail must not be shown. ``spoiled`` are
    places where something was reported already.
    """

    place: Place
    problems: Problems
    foreign: Callable[[Trail, str], str | None] = _no_foreign
    secret: Callable[[Trail], bool] = _nothing_secret
    spoiled: frozenset[SourceSpan] = field(default_factory=frozenset)

    def explain(
        self, error: ValidationError, model: type[BaseModel], base: Trail = ()
    ) -> None:
        """Report all errors of a value of `model` that stands at `base`."""
        for each in error.errors(include_url=False):
            loc = tuple(part for part in each["loc"] if not _is_tag(part))
            of_key = bool(loc) and loc[-1] == "[key]"
            inner = loc[:-1] if of_key else loc
            self._one(dict(each), model, base, inner, of_key=of_key)

    def _one(
        self,
        error: Mapping[str, Any],
        model: type[BaseModel],
        base: Trail,
        inner: Trail,
        *,
        of_key: bool,
    ) -> None:
        trail = base + inner
        kind = error["type"]
        if kind == "extra_forbidden":
            self._unknown(trail, model, inner)
            return
        if kind == "missing":
            self._missing(trail)
            return
        span = self.place(trail, key=of_key)
        if span in self.spoiled:
            return
        context = error.get("ctx", {})
        if "why" in context:
            at = (
                self.place((*trail, context["key"]), key=True)
                if "key" in context
                else span
            )
            self.problems.add(at, context["why"], hint=context.get("hint"))
            return
        given = None if self.secret(trail) else error["input"]
        message, hint = _wording(kind, context, given, hidden=self.secret(trail))
        shown = None if of_key else hint
        self.problems.add(span, f"{_name(trail)}{message}", hint=shown)

    def _unknown(self, trail: Trail, model: type[BaseModel], inner: Trail) -> None:
        key = str(trail[-1])
        allowed = keys_at(model, inner[:-1])
        hint = self.foreign(trail[:-1], key) or did_you_mean(key, allowed)
        if hint is None and len(allowed) <= _MANY_KEYS:
            hint = f"the keys here are {', '.join(allowed)}"
        self.problems.add(
            self.place(trail, key=True),
            f"there is no key {key!r} here",
            hint=hint or "remove it",
        )

    def _missing(self, trail: Trail) -> None:
        *parent, key = trail
        owner = f" in {parent[-1]!r}" if parent and isinstance(parent[-1], str) else ""
        self.problems.add(
            self.place(parent, key=True),
            f"the key {key!r} is missing{owner}",
            hint=f"add '{key}: ...'",
        )


def _is_tag(part: str | int) -> bool:
    return isinstance(part, str) and _TAG.fullmatch(part) is not None


def _name(trail: Trail) -> str:
    names = [part for part in trail if isinstance(part, str)]
    return f"{names[-1]!r}: " if names else ""


def keys_at(model: type[BaseModel], inner: Trail) -> tuple[str, ...]:
    """The keys that a model allows at a trail below it."""
    found: tuple[type[BaseModel], ...] = (model,)
    for part in inner:
        below = [
            each.model_fields[name].annotation
            for each in found
            for name in each.model_fields
            if part in {name, each.model_fields[name].alias}
        ]
        if below:
            found = tuple(each for note in below for each in _models(note))
    return tuple(dict.fromkeys(_keys(found)))


def _keys(models: Iterable[type[BaseModel]]) -> Iterator[str]:
    for model in models:
        for name, described in model.model_fields.items():
            yield described.alias or name


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _wording(
    kind: str, context: Mapping[str, Any], given: object, *, hidden: bool
) -> tuple[str, str | None]:
    """What is wrong, and the fix."""
    is_what = "" if hidden else f", and this is {described(given)}"
    if kind in {"literal_error", "enum"}:
        return _not_one_of(context, given, hidden=hidden)
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        bound = f"{context[key]:g}"
        hint = f"write {bound}" if key in {"ge", "le"} else None
        return f"this must be {words} {bound}", hint
    wanted = next((w for start, w in _WANTED.items() if kind.startswith(start)), None)
    if wanted is None:
        return "this value is not allowed here", None
    return f"{wanted} is wanted{is_what}", None if hidden else _fix(wanted, given)


_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("more than", "gt"),
    "less_than": ("less than", "lt"),
}
_WANTED = {
    "string": "text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "tuple": "a list",
    "list": "a list",
    "too_short": "a longer list",
    "dict": "a map of keys",
    "mapping": "a map of keys",
    "model": "a map of keys",
}


def _not_one_of(
    context: Mapping[str, Any], given: object, *, hidden: bool
) -> tuple[str, str | None]:
    known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
    choice = ", ".join(known) or str(context.get("expected", ""))
    if hidden:
        return f"this must be one of {choice}", None
    hint = did_you_mean(given, known) if isinstance(given, str) else None
    return (
        f"{described(given)} is not one of {choice}",
        hint or f"write {' or '.join(known)}",
    )


def described(given: object) -> str:
    """A value in words, cut to what fits a line."""
    match given:
        case None:
            return "nothing"
        case bool():
            return str(given).lower()
        case dict():
            return "a map"
        case list() | tuple():
            return "a list" if given else "an empty list"
        case str():
            return repr(given if len(given) <= _SHOWN else given[:_SHOWN] + "...")
        case _:
            return f"the number {given}"


def _fix(wanted: str, given: object) -> str | None:
    if wanted == "text" and isinstance(given, bool | int | float):
        word = str(given).lower() if isinstance(given, bool) else given
        return f'write "{word}"'
    if wanted == "text" and isinstance(given, dict | list):
        return "put the value in quotes"
    if wanted == "a list" and isinstance(given, str | int):
        return f"write [{given}]"
    if wanted == "true or false" and isinstance(given, str):
        yes = given.casefold() in {"yes", "on", "y", "true"}
        return f"write {'true' if yes else 'false'}"
    if wanted == "a map of keys":
        return "write keys and values: { key: value }"
    return "write a value, or remove the key" if given is None else None
