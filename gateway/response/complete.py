"""``extensions.completeness``: what of each root field is there, and why not all of it.

Made of the very errors that are reported, and of what the steps came to. Pure; steps
and sources are named only by the `Naming` it is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.execution.model import (
    Failed,
    Join,
    Ok,
    Provenance,
    Skipped,
    SkipReason,
    StepResult,
    is_failure,
)
from gateway.execution.reading import Reader
from gateway.plan.model import PlannedRoot, PlannedStep
from gateway.record import Model
from gateway.response.model import FieldError, Verdict
from gateway.response.reached import Reached, reached_by
from gateway.response.shortened import cuts_of
from gateway.response.told import told
from gateway.values import JsonValue, Path, ResponseKey, StepId

Naming = Callable[[StepId | None], Mapping[str, JsonValue]]
"""What a caller may know of a step: its name and source, or nothing."""
_OTHERS = ("skipped", "without", "fallback", "stale")


class Cause(NamedTuple):
    """Why something is as it is: the reason, and for what stands in of what and why.

    ``because`` is the code or reason of what it stands in for, ``by`` the step that
    gave it in place of its own.
    """

    reason: str
    because: str | None = None
    by: StepId | None = None


class _Key(NamedTuple):
    """What equal entries have in common; they are counted."""

    path: Path
    cause: Cause
    step: StepId | None
    null_at: Path


class Reported(Model, frozen=True):
    """An error as it is reported, and the step at fault, where there is one."""

    error: FieldError
    step: StepId | None = None


@dataclass(slots=True)
class Completeness:
    """One root field's account.

    ``missing`` has an entry for every error (equal ones counted), ``null_at`` where
    the null stands that came of it. ``skipped`` did not run, ``without`` failed where
    a reader could do without it; so no error tells of these. ``fallback`` and
    ``stale`` are there, and from elsewhere. ``cut`` are lists that lack rows for a
    limit of ours: how many such lists, and how many rows they have together.
    """

    missing: Counter[_Key] = field(default_factory=Counter)
    others: dict[str, Counter[_Key]] = field(
        default_factory=lambda: {name: Counter() for name in _OTHERS}
    )
    cut: dict[tuple[Path, StepId], tuple[int, int]] = field(default_factory=dict)
    lost: bool = False

    @property
    def verdict(self) -> Verdict:
        """Whole exactly where nothing failed and no list was cut."""
        if self.lost:
            return Verdict.FAILED if self.missing else Verdict.WHOLE
        skipped = any(
            key.cause.reason != SkipReason.CONDITION.value
            for key in self.others["skipped"]
        )
        hurt = self.missing or self.others["without"] or skipped or self.cut
        return Verdict.PARTIAL if hurt else Verdict.WHOLE

    @property
    def notable(self) -> bool:
        """Whether it is not whole, or not all from where it should be."""
        elsewhere = self.others["fallback"] or self.others["stale"]
        return self.verdict is not Verdict.WHOLE or bool(elsewhere)

    def as_json(self, named: Naming) -> dict[str, JsonValue]:
        lists: dict[str, Counter[_Key]] = {"missing": self.missing, **self.others}
        return {
            "status": self.verdict.value,
            **{name: _entries(found, named) for name, found in lists.items()},
            **({"cut": self._cut(named)} if self.cut else {}),
        }

    def add_cut(self, path: Path, step: StepId, rows: int) -> None:
        """Count one more list of a place that lacks rows, and has so many."""
        lists, before = self.cut.get((path, step), (0, 0))
        self.cut[path, step] = (lists + 1, before + rows)

    def _cut(self, named: Naming) -> list[JsonValue]:
        return [
            {"path": list(path), "rows": rows, "count": count, **named(step)}
            for (path, step), (count, rows) in self.cut.items()
        ]


def account_of(
    root: PlannedRoot,
    reader: Reader,
    data: Mapping[str, object] | None,
    reported: Iterable[Reported],
) -> Completeness:
    """What a root field's data, errors and steps say of how complete it is."""
    key = root.field.key
    made = Completeness(lost=data is None or data.get(key) is None)
    for one in reported:
        path = one.error.path or ()
        null_at = _plain(_null_at(data, path))
        if path[:1] == (key,) or not null_at:
            cause = Cause(one.error.code)
            made.missing[_Key(_plain(path), cause, one.step, null_at)] += 1
    if not made.lost:
        _add_others(made, root, reader)
    return made


def _add_others(made: Completeness, root: PlannedRoot, reader: Reader) -> None:
    """What the steps came to, at places that no error speaks for."""
    covered = {path for k in made.missing for path in (k.path, k.null_at) if path}
    places = reached_by(root)
    for step in root.steps:
        result = reader.store.get(step.id)
        if result is None or step.dormant:
            continue
        for (kind, cause), count in _outcomes(step, result, reader).items():
            for path in _places(kind, cause.reason, places[step.id], root):
                if not _is_within(path, covered):
                    made.others[kind][_Key(path, cause, step.id, path)] += count
        for pages in cuts_of(result):
            for path in places[step.id].everywhere or ((root.field.key,),):
                if not _is_within(path, covered):
                    made.add_cut(path, step.id, pages.rows)
    _add_alternatives(made, root, reader)


def _is_within(path: Path, places: Collection[Path]) -> bool:
    return any(path[:n] in places for n in range(1, len(path) + 1))


def _places(
    kind: str, reason: str, reached: Reached, root: PlannedRoot
) -> Sequence[Path]:
    if kind in ("fallback", "stale") or reason == SkipReason.CONDITION.value:
        return reached.direct
    if reached.chosen:
        return ()  # one of several: told as the fallback that another one was
    return reached.everywhere or ((root.field.key,),)


def _outcomes(
    step: PlannedStep, result: StepResult, reader: Reader
) -> Counter[tuple[str, Cause]]:
    """Kind and cause of what a step came to, counted over its parents."""
    match result:
        case Ok(Join() as join):
            found: Counter[tuple[str, Cause]] = Counter()
            for outcome in join.outcomes.values():
                found += _outcomes(step, outcome, reader)
            return found
        case Ok():
            kind = _elsewhere(result)
            because = _because(step, result, reader)
            cause = Cause(result.provenance.value, because, result.by)
            return Counter({(kind, cause): 1} if kind else {})
        case Failed(failure):
            return Counter({("without", Cause(told(failure, step, reader).code)): 1})
        case Skipped(SkipReason.ANSWERED):
            return Counter()
        case Skipped(reason):
            return Counter({("skipped", Cause(reason.value)): 1})


def _because(step: PlannedStep, result: Ok, reader: Reader) -> str | None:
    """What the step had come to before its ladder held."""
    match result.because:
        case Failed(failure):
            return told(failure, step, reader).code
        case Skipped(reason):
            return reason.value
        case _:
            return None


def _elsewhere(result: Ok) -> str | None:
    """Whether a value comes from a rung of the step's ladder, and of which kind."""
    if result.provenance.value in ("fallback", "stale"):
        return result.provenance.value
    return "fallback" if result.because is not None else None


def _add_alternatives(made: Completeness, root: PlannedRoot, reader: Reader) -> None:
    """Of several steps for one value an earlier one failed, and a later one gave it."""
    key = (root.field.key,)
    for step in root.steps:
        failed = [o for o in step.unless if is_failure(reader.store[o])]
        came = reader.store.get(step.id)
        if failed and isinstance(came, Ok) and came.value is not None:
            cause = Cause(Provenance.UPSTREAM.value)
            made.others["fallback"][_Key(key, cause, step.id, key)] += 1


def _null_at(
    data: Mapping[str, object] | None, path: Sequence[ResponseKey]
) -> Sequence[ResponseKey]:
    """Where the null stands that an error at a path came to; the path where none."""
    value: object = data
    for depth, key in enumerate(path):
        if value is None:
            return path[:depth]
        value = value[key]  # type: ignore[index]
    return path


def _plain(path: Iterable[ResponseKey]) -> Path:
    return tuple(key for key in path if isinstance(key, str))


def _entries(found: Counter[_Key], named: Naming) -> list[JsonValue]:
    entries: list[JsonValue] = []
    for (path, cause, step, null_at), count in found.items():
        entry: dict[str, JsonValue] = {"path": list(path), "reason": cause.reason}
        if cause.because is not None:
            entry["because"] = cause.because
        if null_at != path:
            entry["null_at"] = list(null_at)
        who = named(step)
        if cause.by is not None and who:
            entry["by"] = str(cause.by)
        entries.append({**entry, "count": count, **who})
    return entries
