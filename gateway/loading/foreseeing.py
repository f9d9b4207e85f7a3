"""Documents that are known before anybody asks them, judged as requests of them are.

In charge of saved operations and manifests at `headwater check`: what they come to by
``limits.calls`` and ``limits.cost``, and for whom a listed one names what is hidden.
Values of variables are their defaults. Must never run or keep anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

from gateway.errors import Problem, Problems, RequestError, Severity
from gateway.judging import foreseen
from gateway.loading.askers import askers_of, offered_to
from gateway.loading.examining import Examined
from gateway.loading.resolving import resolver_of
from gateway.loading.safelisting import Manifests
from gateway.persisted.model import Mode
from gateway.plan.gates import gates
from gateway.plan.planner import basis, make_plan
from gateway.policy.limits import Excess, LimitError, Limits
from gateway.profile.model import Audience
from gateway.record import Struct, replace
from gateway.request.coercion import Binder
from gateway.request.document import Document, defaults_of, read_document
from gateway.request.patience import Patience
from gateway.request.selection import select, switches
from gateway.request.used import used_by
from gateway.schema.shapes import shapes_of
from gateway.shape import Shapes
from gateway.values import SourceSpan

_MOST_SWITCHED = 16
"""Ways to answer a document's ``@skip`` and ``@include`` that are looked at."""
_MOST_NAMED = 3
_MOST_ASKERS = 500
_EVERYBODY_ELSE = "those for whom no 'match' holds"


class _Known(NamedTuple):
    """A document, what people call it, and whether it is refused where it is beyond."""

    shown: str
    text: str
    span: SourceSpan
    listed: bool
    held: bool


def with_foreseen(examined: Examined, manifests: Manifests, limits: Limits) -> Examined:
    """The same with what will refuse its documents, where it is sound otherwise."""
    examined = replace(examined, listed=manifests.entries)
    broken = any(p.severity is Severity.ERROR for p in examined.problems)
    if broken or not (examined.saved or manifests.entries):
        return examined
    found = _problems(examined, manifests, limits)
    return replace(examined, problems=tuple(sorted({*examined.problems, *found})))


def _problems(
    examined: Examined, manifests: Manifests, limits: Limits
) -> tuple[Problem, ...]:
    judging = _judging(examined, limits)
    if judging is None:
        return ()
    known = [
        _Known(f"the operation {one.name!r}", one.document, SourceSpan(one.file), *_OWN)
        for one in examined.saved.values()
    ]
    enforced = manifests.mode is Mode.ENFORCE
    known += [
        _Known(f"the document {one.id[:80]!r}", one.document, one.span, True, enforced)
        for one in manifests.entries
    ]
    problems = Problems()
    for one in known:
        judging.judge(one, problems)
    return tuple(problems.found)


_OWN = (False, True)


def _judging(examined: Examined, limits: Limits) -> _Judging | None:
    audience, schema = examined.audience, examined.schema
    if audience is None or schema is None:
        return None
    shapes = shapes_of(schema, "")
    common = audience.protected(examined.protection)
    resolver = resolver_of(common, examined.families, shapes)
    offered = {"": common}
    if resolver is not None:
        offered = {_EVERYBODY_ELSE: resolver.unmatched}
        askers = sorted(askers_of(examined), key=lambda one: one.name)
        for asker in askers[:_MOST_ASKERS]:
            offered[asker.name] = offered_to(asker, resolver)
    return _Judging(examined, shapes, offered, limits)


class _Judging(Struct):
    """One check. ``offered`` are audiences by the names that people give them."""

    examined: Examined
    shapes: Shapes
    offered: Mapping[str, Audience]
    limits: Limits

    def judge(self, one: _Known, problems: Problems) -> None:
        """Report what will refuse a document that is valid."""
        schema = self.examined.schema
        assert schema is not None, "there is none to judge without"  # noqa: S101
        try:
            document = read_document(one.text, schema, self.limits, one.text)
        except RequestError:
            return
        used = used_by(document.node, schema)
        seen = [a for a in self.offered.values() if a.hidden.isdisjoint(used)]
        if one.listed and len(seen) < len(self.offered):
            self._tell_hidden(one, used, problems)
        for name in document.operations:
            self._tell_beyond(one, document, name, seen, problems)

    def _tell_hidden(
        self, one: _Known, used: frozenset[str], problems: Problems
    ) -> None:
        lacking = {n: a.hidden & used for n, a in self.offered.items()}
        names = [name for name, hidden in lacking.items() if hidden]
        first = min(lacking[names[0]])
        more = f" and {len(names) - _MOST_NAMED} more" * (len(names) > _MOST_NAMED)
        problems.warn(
            one.span,
            f"{one.shown} is refused for {'; '.join(names[:_MOST_NAMED])}{more}:"
            f" they do not see '{first}'",
            hint="give it to them too, or keep the document out of what they run",
        )

    def _tell_beyond(
        self,
        one: _Known,
        document: Document,
        name: str | None,
        seen: Iterable[Audience],
        problems: Problems,
    ) -> None:
        """Each limit that it can be beyond, at its worst."""
        found = [*self._found(document, name, seen)]
        worst: dict[str, Excess] = {}
        for way in found:
            for excess in way.beyond:
                before = worst.get(excess.limit)
                if before is None or (excess.found or 0) > (before.found or 0):
                    worst[excess.limit] = excess
        for key, excess in worst.items():
            always = all(
                way.sure and any(e.limit == key for e in way.beyond) for way in found
            )
            held = one.held and key not in self.limits.warn
            report = problems.add if always and held else problems.warn
            most = excess.allowed or f"{excess.most:,}"
            allowed = f"'limits.{key}' allows {most}"
            what = excess.what if always else f"at its largest {excess.what}"
            hint = f"select less, or raise 'limits.{key}'"
            report(one.span, f"{one.shown} {what}, and {allowed}", hint=hint)

    def _found(
        self,
        document: Document,
        name: str | None,
        seen: Iterable[Audience],
    ) -> Iterator[_Way]:
        """What it comes to in every way that differs: its switches, its audiences."""
        schema = self.examined.schema
        assert schema is not None, "there is none to judge without"  # noqa: S101
        operation = document.operations[name]
        names, given = switches(document), defaults_of(schema, operation)
        planned: set[str] = set()
        for truths in islice(product((True, False), repeat=len(names)), _MOST_SWITCHED):
            named = dict(zip(names, truths, strict=True))
            try:
                with Patience(self.limits.planning, "planned") as left:
                    selection = select(schema, document, operation, named, left.check)
            except LimitError as error:
                yield _Way((error.excess,), sure=True)
                continue
            binder = Binder.of(selection)
            for audience in seen:
                key = f"{selection.digest} {basis(selection, audience)}"
                if key in planned:
                    continue
                planned.add(key)
                try:
                    with Patience(self.limits.planning, "planned") as left:
                        plan = make_plan(
                            selection, audience, self.shapes, {}, left.check
                        )
                except LimitError as error:
                    yield _Way((error.excess,), sure=True)
                    continue
                bindings = binder.as_far_as(given)
                judged = foreseen(plan, binder, bindings, self.shapes, self.limits)
                open_ = not gates(selection, audience, self.shapes)
                yield _Way(judged.beyond, judged.sure and open_)


class _Way(NamedTuple):
    """What one plan is beyond, and whether every request of it will be."""

    beyond: tuple[Excess, ...]
    sure: bool
