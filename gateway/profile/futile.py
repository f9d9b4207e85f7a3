"""Policies of a step that cannot hold, and such as never come to anything.

In charge of what only several keys together tell: each of them is well written. Must
never warn of what `defaults` say: they are written for the steps that they fit.
"""

from __future__ import annotations

from gateway.errors import Problems
from gateway.expression import ExpressionSyntaxError, template
from gateway.profile.document import StaleRung, StepDocument, ValueRung
from gateway.profile.knowing import step_type_of
from gateway.profile.model import Step
from gateway.profile.scope import Trail, Written
from gateway.profile.steps import StepText
from gateway.profile.world import World
from gateway.record import Model
from gateway.units import spelt

_CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
"""POST is how much is searched that a URL has no room for."""


def check_policies(
    text: StepText, step: Step, world: World, problems: Problems
) -> None:
    """Everything about one step; `step` is what was made of the text."""
    check = _Check(text.document, text.written, step, world, problems)
    check.hedge()
    check.lateness()
    check.rungs()
    check.retry()
    check.escalation(text)
    check.skipping()
    check.source()
    check.cost()


def check_reading(text: StepText, problems: Problems) -> None:
    """Who asks a query twice, or has it asked for him, expects that nothing changes."""
    method = getattr(text.document, "method", None)
    if method in _CHANGING and not getattr(text.document, "idempotent", False):
        problems.warn(
            text.written.span(("method",), key=True),
            f"step {text.document.name!r} sends {method}, and a query changes nothing: "
            "whoever looks at it calls it, again and again",
            hint="make the operation a mutation (kind: mutation), or write "
            "'idempotent: true' where it only reads",
        )


class _Check(Model, frozen=True):
    document: StepDocument
    written: Written
    step: Step
    world: World
    problems: Problems

    def hedge(self) -> None:
        """A second call is only for what may be called twice, and in time."""
        hedge = self.document.hedge
        if hedge is None:
            return
        step_type = step_type_of(self.document.type, self.step.source, self.world)
        if step_type is None:
            return
        facts = self.world.sources.get(self.step.source or "")
        if not step_type.sources:
            self._warn(
                ("hedge",),
                f"'hedge' has no effect: {self.document.type!r} calls nothing",
                "remove it",
            )
        elif not step_type.idempotent(self.document):
            self._add(
                ("hedge",),
                "'hedge' makes a call twice, and making this one twice may not be the "
                "same as making it once",
                "write 'idempotent: true' where it is the same, or remove 'hedge'",
            )
        elif facts and facts.metered:
            self._warn(
                ("hedge",),
                f"'hedge' has no effect: calls of {self.step.source!r} are billed",
                "remove it",
            )
        elif isinstance(hedge.after, float) and hedge.after >= self.step.timeout:
            self._warn(
                ("hedge", "after"),
                f"the second call would start after {spelt(hedge.after)}, and the "
                f"first one has ended after {spelt(self.step.timeout)}",
                "write a shorter time than the step's timeout, or p95",
            )

    def source(self) -> None:
        """A step that is computed may be taken for one that asks somebody."""
        own = self.world.step_types[self.document.type].sources
        if self.document.source is not None and not own:
            self._warn(
                ("source",),
                f"'source' has no effect: {self.document.type!r} calls nothing",
                "remove it, or name the type of a step that calls it",
            )

    def cost(self) -> None:
        """What a step costs is what its calls do."""
        if self.document.cost is not None and self.step.source is None:
            self._warn(
                ("cost",),
                f"'cost' has no effect: {self.document.type!r} calls nothing",
                "remove it, or give the type or field that it fills a @cost in SDL",
            )

    def lateness(self) -> None:
        """Only what may be missing is left out."""
        if self.document.on_late != "skip" or self.step.skips_late:
            return
        why = f"step {self.document.name!r} is required, and so called in any case"
        if self.step.source is None:
            why = f"{self.document.type!r} calls nothing"
        elif self.document.always:
            why = "the answer waits for an 'always' step in any case"
        self._warn(("on_late",), f"'on_late' has no effect: {why}", "remove it")

    def rungs(self) -> None:
        """Expired answers are of some age; nothing is tried after a fixed value."""
        for number, rung in enumerate(self.document.fallback):
            if isinstance(rung, StaleRung):
                self._stale(rung.stale, ("fallback", number, "stale"))
        fixed = next((n for n, r in enumerate(self.document.fallback) if _holds(r)), -1)
        if 0 <= fixed < len(self.document.fallback) - 1:
            self._warn(
                ("fallback", fixed + 1),
                "this is never tried: the value before it always holds",
                "write the value last",
            )

    def _stale(self, age: float, below: Trail) -> None:
        cache = self.step.cache
        if cache is None or not cache.keep:  # told where rungs are compiled
            return
        oldest = cache.ttl + cache.keep
        if age > oldest:
            self._add(
                below,
                f"no answer is {spelt(age)} old: one is kept for {spelt(oldest)}, "
                f"'ttl' and 'keep' together",
                f"write 'stale: {spelt(oldest)}', or keep answers longer",
            )
        elif age <= cache.ttl:
            self._add(
                below,
                f"no expired answer is so young: one expires after {spelt(cache.ttl)}",
                "write a longer time than 'ttl'",
            )

    def retry(self) -> None:
        """An empty list of failures is worth no attempt."""
        retry = self.document.retry
        if retry is None or retry.if_ is not None or retry.errors:
            return
        if "errors" in retry.model_fields_set:
            self._warn(
                ("retry", "errors"),
                "'retry' has no effect: no failure is worth another attempt",
                "list some, or write 'if'",
            )

    def escalation(self, text: StepText) -> None:
        """Whoever is broken may not be able to take the news."""
        asked, place = self.document.escalate, self.written
        if asked is None and text.defaults:
            asked = text.defaults.escalate
            place = Written(self.written.file, ("defaults",))
        if asked is not None and asked.source == self.step.source:
            self.problems.warn(
                place.span(("escalate", "source")),
                f"source {asked.source!r} is told by 'escalate' that it fails itself",
                hint="name the source of those who look after it",
            )

    def skipping(self) -> None:
        """`on_skip` is often taken for what stands in when a step has failed."""
        given = self.document.model_fields_set
        if "on_skip" in given and "when" not in given:
            self._warn(
                ("on_skip",),
                "'on_skip' has no effect: it is for a 'when' that is false, and there "
                "is none",
                "write 'fallback: [{ value: ... }]' for what stands in when it fails",
            )
        success = self.step.success_if
        if success is not None and not success.references:
            self._warn(
                ("success_if",),
                "'success_if' is the same for every reply",
                "read 'response' in it, or remove it",
            )

    def _add(self, below: Trail, message: str, hint: str) -> None:
        span = self.written.span(below, key=isinstance(below[-1], str))
        self.problems.add(span, message, hint=hint)

    def _warn(self, below: Trail, message: str, hint: str) -> None:
        span = self.written.span(below, key=isinstance(below[-1], str))
        self.problems.warn(span, message, hint=hint)


def _holds(rung: object) -> bool:
    """Whether it is a value that nothing can keep from being one."""
    try:
        return isinstance(rung, ValueRung) and not template(rung.value).roots
    except ExpressionSyntaxError:  # told where rungs are compiled
        return False
