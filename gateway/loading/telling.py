"""What is told of a load: which generation serves, and which release it is."""

from __future__ import annotations

from gateway.generation import Generation
from gateway.telemetry.events import GenerationChanged, Observer
from gateway.telemetry.releasing import ReleaseServes


def changed(generation: Generation, seconds: float) -> GenerationChanged:
    """The event of a generation that serves from now on."""
    return GenerationChanged(
        number=generation.number,
        digest=generation.digest,
        operations=len(generation.whole.profiles),
        stale=generation.stale,
        unavailable=tuple(sorted(generation.whole.unavailable)),
        problems=generation.problems,
        seconds=seconds,
    )


def tell_release(
    observe: Observer, fresh: Generation, before: Generation | None = None
) -> None:
    """Tell which release serves, where another one did."""
    now, then = fresh.release, before.release if before else None
    if now is not None and now != then:
        previous = then.bundle if then else None
        observe(ReleaseServes(now.bundle, now.number, now.channel, now.by, previous))
