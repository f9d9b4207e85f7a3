"""`headwater run --step`: one step by itself, seen from the wire to `select`.

In charge of showing how a step's reply became its result. Steps that it reads run
before it; whatever is given as NAME=VALUE is taken as given instead. The deciding is
the engine's own: `prepare`, `send`, `concluded`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

from gateway.cli.failures import Status
from gateway.cli.given import Given, find_step, read_given
from gateway.cli.project import calling_gateway
from gateway.cli.query import Asker
from gateway.clock import Deadline
from gateway.connectors.base import Call, Reply
from gateway.execution.attempt import Prepared, Tally, concluded, prepare
from gateway.execution.calls.asked import Flights
from gateway.execution.calls.sending import Sending
from gateway.execution.model import Failed, Ok, Skipped, SkipReason, StepResult
from gateway.loading.opening import SourcePool
from gateway.record import Model
from gateway.request.model import PlanWish
from gateway.values import JsonValue

if TYPE_CHECKING:
    from gateway.app import Gateway
    from gateway.profile.model import Step


def run_step(
    name: str, values: Sequence[str], asker: Asker, config: list[str] | None
) -> None:
    """Run a step and print its request, its reply and its result as JSON.

    Raises:
        CommandError: there is no such step, or the values do not fit it.
    """
    from gateway.cli.show import print_json

    shown, fine = asyncio.run(_run(name, values, asker, config))
    print_json(shown)
    if not fine:
        raise typer.Exit(Status.PROBLEM)


async def _run(
    name: str, values: Sequence[str], asker: Asker, config: list[str] | None
) -> tuple[Mapping[str, object], bool]:
    pool = SourcePool()
    gateway = calling_gateway(config, pool)
    try:
        found = find_step(gateway.current, name)
        given = read_given(gateway.current, found, values)
        bench = _bench(gateway, asker, given)
        outcome = await bench.run(found.step)
        return _shown(name, outcome), _is_fine(outcome.result)
    finally:
        gateway.current.lease.retire()
        await pool.sources.closed()


def _bench(gateway: Gateway, asker: Asker, given: Given) -> _Bench:
    clock = gateway.pipeline.clock
    request = asker.request(gateway, PlanWish.NONE)
    surroundings = {"request": request.scope(), "flags": request.flags}
    sending = Sending(
        request, surroundings, gateway.current.upstreams, Flights(), clock
    )
    return _Bench(sending, {**surroundings, **given.names}, given)


class _Outcome(Model, frozen=True):
    """What a step came to; request and reply where a call was made."""

    result: StepResult
    request: Mapping[str, JsonValue] | None = None
    reply: Reply | None = None


@dataclass(slots=True)
class _Bench:
    """Runs steps one after another, each once."""

    sending: Sending
    names: Mapping[str, object]
    given: Given
    results: dict[str, StepResult] = field(default_factory=dict)

    async def run(self, step: Step) -> _Outcome:
        scope = dict(self.names)
        for name, needed in step.reads.steps.items():
            if name in self.given.names:
                continue
            value = _seen(await self._result(name))
            if needed and isinstance(value, Failed | Skipped):
                return _Outcome(Skipped(SkipReason.DEPENDENCY))
            scope[name] = None if isinstance(value, Failed | Skipped) else value
        prepared = prepare(step, scope)
        if not isinstance(prepared, Prepared):
            return _Outcome(prepared)
        deadline = Deadline.after(step.timeout, self.sending.clock)
        request = self._wire(step, prepared, deadline)
        tally = Tally(self.sending.clock.now())
        sent = await self.sending.send(step, prepared, deadline, tally)
        reply = sent.reply if isinstance(sent.reply, Reply) else None
        return _Outcome(concluded(step, sent, scope), request, reply)

    async def _result(self, name: str) -> StepResult:
        if name not in self.results:
            step = self.given.steps[name]
            self.results[name] = (await self.run(step)).result
        return self.results[name]

    def _wire(
        self, step: Step, prepared: Prepared, deadline: Deadline
    ) -> Mapping[str, JsonValue] | None:
        """The call as it goes over the wire, with credentials masked."""
        if step.source is None:
            return None
        sending = self.sending
        upstream = sending.upstreams[step.source]
        headers = upstream.headers_for(sending.request, sending.surroundings)
        call = Call(step.name, step.target, prepared.inputs, deadline, headers)
        return upstream.source.describe(call)


def _seen(result: StepResult) -> object:
    """What readers of a step see."""
    if isinstance(result, Ok):
        return result.value
    if isinstance(result, Skipped) and result.stands_in is not None:
        return result.stands_in.value
    return result


def _is_fine(result: StepResult) -> bool:
    return isinstance(result, Ok) or (
        isinstance(result, Skipped) and not result.is_failure
    )


def _shown(name: str, outcome: _Outcome) -> Mapping[str, object]:
    shown: dict[str, object] = {"step": name}
    if outcome.request is not None:
        shown["request"] = outcome.request
    if outcome.reply is not None:
        reply = outcome.reply
        shown["reply"] = {
            "status": reply.status,
            "headers": dict(reply.headers),
            "body": reply.body,
        }
    return {**shown, **_result(outcome.result)}


def _result(result: StepResult) -> Mapping[str, object]:
    match result:
        case Ok(value):
            return {"status": "ok", "result": value}
        case Skipped(reason=reason):
            return {"status": "skipped", "reason": reason.value}
        case Failed(failure):
            error = {
                "code": str(failure.code),
                "message": failure.message,
                "status": failure.status,
                "detail": failure.detail,
            }
            known = {key: each for key, each in error.items() if each is not None}
            return {"status": "failed", "error": known}
