"""Step types of other packages at work: whatever they raise is a problem of one step.

In charge of a bug in a package being told where its step is written, while all other
files go on being served. Must never hide one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gateway.connectors.base import ReplyRules, Section, StepType
from gateway.shape import FieldShape

T = TypeVar("T")


class PluggedStep:
    """A step type that may raise. ``label`` says whose it is.

    `compile` is the one of its four questions that has a place to tell problems at, so
    it asks the other three as well; where they fail, what is safest is assumed.
    """

    def __init__(self, inner: StepType[Any], label: str) -> None:
        self._inner, self._label = inner, label
        self.names = inner.names
        self.options = inner.options
        self.sources = inner.sources
        self.default_source = inner.default_source

    def compile(self, section: Section, options: object) -> object:
        def told(what: str, error: Exception) -> None:
            why = f"{type(error).__name__}: {error}"
            section.problem(
                (),
                f"{self._label} failed in {what!r}: {why}",
                hint="repair that package, or remove the step",
            )

        inner = self._inner
        made = _tried("compile", lambda: inner.compile(section, options), None, told)
        _tried("shape", lambda: inner.shape(options), None, told)
        _tried("rules", lambda: inner.rules(options), None, told)
        _tried("idempotent", lambda: inner.idempotent(options), None, told)
        return made

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:
        return _tried("shape", lambda: self._inner.shape(options), None)

    def rules(self, options: object) -> ReplyRules:
        return _tried("rules", lambda: self._inner.rules(options), ReplyRules())

    def idempotent(self, options: object) -> bool:
        return _tried("idempotent", lambda: self._inner.idempotent(options), False)


def _tried(
    what: str,
    ask: Callable[[], T],
    instead: T,
    tell: Callable[[str, Exception], None] | None = None,
) -> T:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever another package raises
        if tell is not None:
            tell(what, error)
        return instead
