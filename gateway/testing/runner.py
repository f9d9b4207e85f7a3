"""Runs profile tests: the real gateway, scripted sources, virtual time, no network.

In charge of `*.test.yaml`: finding, loading, running. The same runner serves users
(`headwater test`) and the project's own scenarios.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.app import Gateway, build_gateway
from gateway.clock import LoopClock
from gateway.deployment import Deployment
from gateway.errors import Problem, Problems, ProfileError, Severity, did_you_mean
from gateway.execution.guards.bulkhead import Bulkhead
from gateway.execution.upstream import Upstream, Upstreams
from gateway.generation import Generation
from gateway.loading.files import TEST_SUFFIXES
from gateway.loading.opening import guards_of
from gateway.loading.withheld import unknown
from gateway.profile.model import Step
from gateway.profile.source import Document
from gateway.record import Model
from gateway.request.model import PlanWish
from gateway.telemetry.events import Crashed, Event
from gateway.testing.document import (
    CaseDocument,
    ProfileTestDocument,
    read_profile_test,
)
from gateway.testing.expect import Came, differences
from gateway.testing.replies import wire
from gateway.testing.report import CaseResult, NotRun, Report
from gateway.testing.source import ScriptedSource
from gateway.testing.stage import Stage
from gateway.testing.virtual import DeadlockError, run_virtual
from gateway.values import JsonValue, SourceSpan


def run_profile_tests(
    paths: Sequence[Path], config: Sequence[Path], environ: Mapping[str, str]
) -> Report:
    """Run the tests in files and below folders against a deployment's profiles.

    No path: everything below the deployment's profiles. Never raises for what an
    author wrote: it stands in the report.
    """
    try:
        bench = Bench.load(config, environ)
    except ProfileError as error:
        return Report(problems=error.problems)
    problems = Problems()
    cases = [
        case.run()
        for file in test_files(paths or [bench.profiles])
        for case in bench.cases(file, problems)
    ]
    found = (*bench.problems, *problems.found)
    return Report(tuple(cases), found, tuple(bench.not_run))


def test_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The profile tests among the paths and below them, sorted."""
    for path in paths:
        if path.is_file():
            yield path
        else:
            found = (p for p in path.rglob("*") if p.name.endswith(TEST_SUFFIXES))
            yield from sorted(found)


@dataclass(slots=True)
class Bench:
    """One deployment, loaded once, on which cases run one after another.

    ``not_run`` says of each file that was asked for its cases why they cannot run.
    """

    gateway: Gateway
    crashes: list[Crashed] = field(default_factory=list)
    not_run: list[NotRun] = field(default_factory=list)

    @classmethod
    def load(cls, config: Sequence[Path], environ: Mapping[str, str]) -> Bench:
        """The deployment with no source opened.

        Raises:
            ProfileError: it cannot be loaded.
        """
        crashes: list[Crashed] = []

        def observe(event: Event) -> None:
            if isinstance(event, Crashed):
                crashes.append(event)

        gateway = build_gateway(
            config,
            environ,
            observe=observe,
            clock=LoopClock(),
            open_sources=closed_sources,
        )
        return cls(gateway, crashes)

    @property
    def generation(self) -> Generation:
        return self.gateway.current

    @property
    def profiles(self) -> Path:
        deployment = self.gateway.loader.deployment
        return deployment.profiles.path if deployment else Path()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong in the configuration itself; warnings are none of ours."""
        found = self.generation.problems
        return tuple(p for p in found if p.severity is Severity.ERROR)

    def steps(self) -> dict[str, Step]:
        """Every step of the deployment by name; equal names tell nothing apart."""
        audience = self.generation.whole
        found: dict[str, Step] = {}
        for entity in audience.entities.values():
            found.update({**entity.lookups, **entity.steps})
        for profile in audience.profiles.values():
            for entity in profile.entities.values():
                found.update(entity.steps)
            found.update(profile.steps)
        return found

    def cases(self, path: Path, problems: Problems) -> list[Case]:
        """The cases of a file; none where something in it is wrong."""
        here = Path.cwd()
        name = str(path.relative_to(here) if path.is_relative_to(here) else path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            problems.add(SourceSpan(name), f"the file cannot be read: {reason}")
            return []
        made = read_profile_test(text, name, problems)
        if made is None:
            return []
        document, tree = made
        reason = self._hindrance(document, tree, problems)
        if reason is not None:
            self.not_run.append(NotRun(name, len(document.cases), reason))
            return []
        return [
            Case(self, document.operation, case, tree.span(("cases", number)))
            for number, case in enumerate(document.cases)
        ]

    def _hindrance(
        self, document: ProfileTestDocument, tree: Document, problems: Problems
    ) -> str | None:
        """Why the cases cannot run: the operation, or a step, that they name is not."""
        before = len(problems.errors)
        whole = self.generation.whole
        known = {profile.operation for profile in whole.profiles.values()}
        if document.operation in whole.unavailable:
            return f"operation {document.operation!r} has no profile that loads"
        if document.operation not in known:
            hint = did_you_mean(document.operation, known)
            where = tree.span(("operation",))
            what = f"there is no operation {document.operation!r}"
            problems.add(where, what, hint=hint)
            return what
        steps = self.steps()
        for number, case in enumerate(document.cases):
            expect = case.expect
            named: list[tuple[str, ...]] = [("replies", n) for n in case.replies]
            named += [("expect", "calls", n) for n in expect.calls or ()]
            named += [("expect", "requests", n) for n in expect.requests or ()]
            for *way, name in named:
                if name not in steps:
                    where = tree.span(["cases", number, *way, name], key=True)
                    hint = did_you_mean(name, steps)
                    problems.add(where, f"there is no step {name!r}", hint=hint)
            for n, name in enumerate(case.held):
                wrong = unknown(name, self.generation)
                if wrong is not None:
                    where = tree.span(["cases", number, "held", n])
                    problems.add(where, wrong[0], hint=wrong[1])
        known_all = len(problems.errors) == before
        return None if known_all else "the file names steps that do not exist"


class Case(Model, frozen=True):
    """One case that can run, as often as wanted."""

    bench: Bench
    operation: str
    written: CaseDocument
    span: SourceSpan

    def run(self) -> CaseResult:
        """Ask, and compare what came with what was expected."""
        return CaseResult(
            self.span, self.operation, self.written.name, tuple(self._differences())
        )

    def _differences(self) -> Iterator[str]:
        self.bench.crashes.clear()
        replies = self.written.replies
        stage = Stage.set_up(self.bench.gateway, self.bench.steps(), replies)
        book = stage.book
        try:
            response, elapsed = run_virtual(self._answer(stage))
        except DeadlockError:
            yield "the answer never comes: a step waits for something without a timeout"
            return
        for step in dict.fromkeys(book.unexpected):
            yield f"step {step!r} is called, and 'replies' has none for it"
        for crash in self.bench.crashes:
            yield f"a bug of the gateway in {crash.where}: {crash.error!r}"
        requests: dict[str, list[Mapping[str, JsonValue]]] = {}
        for call in book.calls if self.written.expect.requests else ():
            requests.setdefault(call.step, []).append(wire(call))
        came = Came(response, book.counts, requests, elapsed)
        yield from differences(self.written.expect, came)

    async def _answer(self, stage: Stage) -> tuple[Mapping[str, JsonValue], float]:
        """The response to the case's own request, and how long it took."""
        for earlier in self.written.earlier:
            await stage.answer(earlier, self.written, PlanWish.NONE)
            await asyncio.sleep(earlier.wait or 0.0)
        stage.hold(self.written.held)
        started = stage.clock.now()
        wish = PlanWish.INCLUDE if self.written.expect.plan else PlanWish.NONE
        response = await stage.answer(self.written, self.written, wish)
        elapsed = stage.clock.now() - started
        await stage.pipeline.commons.close()
        return response, elapsed


def closed_sources(deployment: Deployment) -> tuple[Upstreams, Callable[[], None]]:
    """Every source by name and rules, none of them opened."""
    closed = ScriptedSource({})
    upstreams = {
        name: Upstream(
            name,
            closed,
            guards.bulkhead,
            settings.header_template,
            settings.forwarded,
            guards.budget,
            guards.breakers,
            metered=settings.metered,
            deadline_header=settings.deadline_told_in,
            idempotency_header=settings.known_again_by,
        )
        for name, settings in deployment.sources.items()
        for guards in (guards_of(settings),)
    }
    upstreams.setdefault("mock", Upstream("mock", closed, Bulkhead(1_000)))
    return upstreams, lambda: None
