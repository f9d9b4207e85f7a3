"""What edited texts come to: their problems, their graphs, what they change, a plan.

In charge of answering for texts laid over the files on disk, by the checker and the
planner that the gateway itself has. Opens no source and writes nothing. Runs in a
process of its own: see `child`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.clock import SystemClock
from gateway.comparing.changes import compare
from gateway.comparing.model import LEVELS
from gateway.comparing.shown import as_json
from gateway.deployment import Deployment, load_deployment
from gateway.drawing.drawn import drawing_of
from gateway.errors import Problem, Problems, ProfileError, RequestError, Severity
from gateway.generation import Generation
from gateway.loading.askers import askers_of
from gateway.loading.examining import Examined
from gateway.loading.files import name_of
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.loading.sides import side_of
from gateway.loading.written import Written, written_in_folders
from gateway.pipeline import Pipeline
from gateway.profile.resolve import whole_of
from gateway.record import Model, replace
from gateway.request.model import PlanWish, RequestContext
from gateway.schema.asking import read_members
from gateway.schema.seen import sdl_for
from gateway.telemetry.events import unobserved
from gateway.values import JsonValue
from gateway.workbench.graphs import graphs_of
from gateway.workbench.lacking import told
from gateway.workbench.laying import Edits, edits_of, laid
from gateway.workbench.released import wanted
from gateway.workbench.somebody import somebody
from gateway.workbench.view import view

Said = Mapping[str, JsonValue]
_MOST_PROBLEMS = 500
_MOST_CHANGES = 500
BEFORE, AFTER = "the files on disk", "as edited"


class _One(Model, frozen=True):
    """Nothing but this is loaded."""

    written: Written

    def choices(self, _deployment: Deployment) -> Iterator[Written]:
        yield self.written

    def taken(self, written: Written) -> None:
        """Nothing is remembered."""

    def reject(self, written: Written, error: ProfileError) -> None:
        """The load says why."""


@dataclass(slots=True)
class Answers:
    """Those for one deployment. What did not change is compiled once."""

    config: Sequence[Path]
    environ: Mapping[str, str]
    dev: bool
    checking: Loader = field(init=False)
    planning: Loader = field(init=False)

    def __post_init__(self) -> None:
        both = (
            Loader(self.config, self.environ, open_nothing, self.dev) for _ in range(2)
        )
        self.checking, self.planning = both

    def answer(self, said: Said) -> JsonValue:
        """The answer to a question, by its kind.

        Raises:
            RequestError: it is none.
        """
        kinds: Mapping[str, Callable[[Said, Edits], JsonValue]] = {
            "check": self.check,
            "diff": self.diff,
            "plan": self.plan,
        }
        return kinds[str(said["kind"])](said, edits_of(said.get("texts")))

    def check(self, said: Said, edits: Edits) -> JsonValue:
        """Every problem of the whole, and the graphs of one file."""
        examined = self._examined(edits)
        found = list(examined.problems)
        return {
            "problems": [one.as_json() for one in found[:_MOST_PROBLEMS]],
            "more": max(len(found) - _MOST_PROBLEMS, 0),
            "files": self._files(examined, edits),
            "graphs": _graphs(examined, said.get("file")),
        }

    def diff(self, _said: Said, edits: Edits) -> JsonValue:
        """What the edits change, for whom; or the problems that forbid to say it."""
        before, after = self._examined({}), self._examined(edits)
        for name, one in ((BEFORE, before), (AFTER, after)):
            wrong = _errors(one.problems)
            if wrong:
                return {"side": name, "problems": [p.as_json() for p in wrong]}
        askers = askers_of(before) | askers_of(after)
        old, new = (
            side_of(one, name, askers)
            for name, one in ((BEFORE, before), (AFTER, after))
        )
        found = compare(old, new)
        shown = replace(found, changes=found.changes[:_MOST_CHANGES])
        counts: JsonValue = {one.value: len(found.at(one)) for one in LEVELS}
        return {**as_json(shown), "counts": counts}

    def plan(self, said: Said, edits: Edits) -> JsonValue:
        """A query under the edited texts: planned as it would be, and not run."""
        problems = Problems()
        deployment = load_deployment(self.config, self.environ, problems)
        if deployment is None:
            return {"problems": [p.as_json() for p in problems.found]}
        written = wanted(deployment, said.get("of"), edits)
        self.planning.choosing = _One(written)
        self.planning.number = 0
        try:
            generation = self.planning.load()
        except ProfileError as error:
            return {"problems": [p.as_json() for p in error.problems]}
        return _planned(generation, said)

    def _examined(self, edits: Edits) -> Examined:
        problems = Problems()
        deployment = load_deployment(self.config, self.environ, problems)
        if deployment is None:
            return Examined(tuple(sorted(set(problems.found))), Deployment())
        written = laid(deployment, edits) if edits else written_in_folders(deployment)
        return self.checking.examine(deployment, written, problems)

    def _files(self, examined: Examined, edits: Edits) -> JsonValue:
        """Which file of the folder is called what in problems."""
        folder = examined.deployment.profiles.path
        return {path: name_of(folder / path) for path in edits}


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    found = (one for one in problems if one.severity is Severity.ERROR)
    return [*found][:_MOST_PROBLEMS]


def _graphs(examined: Examined, path: JsonValue) -> JsonValue:
    """Those of what stands in a file, each with its picture."""
    if not isinstance(path, str) or examined.audience is None:
        return []
    whole = whole_of(examined.audience, examined.families)
    file = name_of(examined.deployment.profiles.path / path)
    found = graphs_of(whole.profiles.values(), whole.entities.values(), [file])
    return [{**one, "drawing": drawing_of(one["plan"])} for one in found]


def _planned(generation: Generation, said: Said) -> JsonValue:
    pipeline = Pipeline(SystemClock(), unobserved)
    asking = read_members(
        {name: said.get(name) for name in ("query", "variables", "operationName")}
    )
    who = _who(pipeline, generation, said.get("as"))
    made = view(pipeline, generation, asking, who)
    found = told(made, generation, asking.document, files=True)
    drawing = None if found.plan is None else drawing_of(dict(found.plan))
    stale = [one.as_json() for one in _errors(generation.problems)]
    return {
        "plan": found.plan,
        "errors": list(found.errors),
        "steps": found.steps,
        "drawing": drawing,
        "problems": stale,
        "sdl": sdl_for(generation, who) if said.get("sdl") else None,
    }


def _who(pipeline: Pipeline, generation: Generation, said: JsonValue) -> RequestContext:
    nobody = RequestContext(
        request_id="workbench",
        started=pipeline.clock.now(),
        time=pipeline.clock.wall(),
        plan=PlanWish.DRY_RUN,
        explain=True,
    )
    return somebody({} if said is None else said, nobody, generation.admission)


def refusal(error: RequestError) -> dict[str, JsonValue]:
    """A `RequestError`, to be raised again by whoever asked."""
    return {
        "message": error.message,
        "hint": error.hint,
        "code": error.code.value,
        "status": error.status,
    }
