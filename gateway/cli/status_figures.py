"""What `headwater status` tells: rows of operations, steps, sources and promises.

In charge of working figures out of pages of metrics and of what `/health` says. Must
never print, nor ask anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from gateway.cli.status_page import Names, Page, added, quantiles
from gateway.record import Model

Row: TypeAlias = dict[str, Any]
_BAD: Final = ("failed", "partial", "refused")
_STEP: Final = ("operation", "step", "source")
_BUILT_IN: Final = ("mock",)
"""The source that every gateway has, and that few use."""
_KEPT: Final = frozenset({"cache", "stale", "static", "shared", "fallback"})
"""What steps come to without an answer of their source for them alone. One that has no
source always comes to ``static``: nothing was kept from anybody there."""


class Heard(Model, frozen=True):
    """What one process said of itself, at ``at``: seconds of the listener's clock."""

    at: float
    health: Mapping[str, Any]
    page: Page

    @property
    def process(self) -> tuple[object, object]:
        """Its number and process id: another one begins to count anew."""
        worker = _map(self.health.get("worker"))
        return worker.get("number"), worker.get("pid")


class Span(Model, frozen=True):
    """All processes that were asked, now, and what came to each in ``seconds``.

    With 0 seconds ``gone`` is all since they started, and no rate is known.
    """

    now: Sequence[Heard]
    gone: Page
    seconds: float = 0.0

    def rate(self, count: float) -> float | None:
        """So many in a second."""
        return round(count / self.seconds, 2) if self.seconds else None


def span_between(before: Mapping[object, Heard], now: Sequence[Heard]) -> Span:
    """What came to processes since they were heard ``before``, by `Heard.process`."""
    known = [(before[one.process], one) for one in now if one.process in before]
    pairs = [(then, one) for then, one in known if one.at > then.at]
    if not pairs:
        return Span(now, added(one.page for one in now))
    # A process that was not heard before counts from the next look on.
    seconds = max(one.at - then.at for then, one in pairs)
    gone = added(one.page.since(then.page) for then, one in pairs)
    return Span(now, gone, seconds)


def status_of(span: Span) -> Row:
    """All of it, as `--json` prints it."""
    page = added(one.page for one in span.now)
    healths = [one.health for one in span.now]
    first = healths[0]
    return {
        "seconds": round(span.seconds, 1) or None,
        "workers": [_worker(one) for one in span.now],
        "operations": list(_operations(page, span)),
        "steps": list(_steps(page, span)),
        "sources": list(_sources(page, span, healths)),
        "objectives": list(_objectives(page, span)),
        "holds": first.get("holds", []),
        "release": first.get("release"),
        "trial": first.get("trial"),
        "incidents": sorted({str(i) for h in healths for i in h.get("incidents", ())}),
        "stale": first.get("stale", []),
        "unavailable": sorted(_map(first.get("unavailable"))),
        "rejected": first.get("rejected", []),
    }


def _worker(one: Heard) -> Row:
    health, page = one.health, one.page
    release = _map(_map(health.get("release")).get("serves"))
    running = page.by("headwater_requests_running").get((), 0.0)
    loads = page.by("headwater_loads_total", "outcome")
    return {
        **_map(health.get("worker")),
        "stage": health.get("stage"),
        "ready": health.get("ready"),
        "generation": _map(health.get("generation")).get("number"),
        "digest": _map(health.get("generation")).get("digest"),
        "release": release.get("bundle"),
        "requests_running": int(running),
        "loads": int(loads.get(("taken",), 0)),
        "rejected": int(loads.get(("rejected",), 0)),
    }


def _operations(page: Page, span: Span) -> Iterator[Row]:
    name = "headwater_requests_total"
    known = page.told(name, "operation", "verdict")
    gone = span.gone.by(name, "operation")
    took = _took(span.gone, "headwater_request_seconds", ("operation",))
    for key in _most(known):
        yield {
            "operation": key[0],
            "requests": int(sum(known[key].values())),
            "per_second": span.rate(gone.get(key, 0.0)),
            **{verdict: int(known[key].get(verdict, 0)) for verdict in _BAD},
            **took(key),
        }


def _steps(page: Page, span: Span) -> Iterator[Row]:
    name = "headwater_steps_total"
    known = page.told(name, *_STEP, "outcome")
    gone = span.gone.by(name, *_STEP)
    took = _took(span.gone, "headwater_step_seconds", _STEP)
    for key in _most(known):
        told, kept = known[key], _KEPT if key[2] else _KEPT - {"static"}
        yield {
            "step": ".".join(key[:2]),
            "source": key[2] or None,
            "steps": int(sum(told.values())),
            "per_second": span.rate(gone.get(key, 0.0)),
            "failed": int(told.get("failed", 0)),
            "skipped": int(told.get("skipped", 0)),
            "kept": int(sum(told.get(outcome, 0) for outcome in kept)),
            **took(key),
        }


def _sources(
    page: Page, span: Span, healths: Sequence[Mapping[str, Any]]
) -> Iterator[Row]:
    own = ("source",)
    calls, failed = (
        page.by(f"headwater_calls{kind}_total", *own) for kind in ("", "_failed")
    )
    gone = span.gone.by("headwater_calls_total", *own)
    gauges = ("running", "waiting", "allowed")
    now = {g: page.by(f"headwater_calls_{g}", *own) for g in gauges}
    is_open = page.by("headwater_breakers_open", *own)
    took = _took(span.gone, "headwater_step_seconds", own)
    for key in sorted({*now["allowed"], *calls} - {("",)}):
        if key == _BUILT_IN and not calls.get(key):
            continue
        yield {
            "source": key[0],
            "calls": int(calls.get(key, 0)),
            "per_second": span.rate(gone.get(key, 0.0)),
            "failed": int(failed.get(key, 0)),
            **took(key),
            **{g: int(now[g].get(key, 0)) for g in gauges},
            "breakers_open": int(is_open.get(key, 0)),
            "breakers": _breakers(key[0], healths),
        }


def _breakers(source: str, healths: Sequence[Mapping[str, Any]]) -> Row:
    """Endpoints that do not work, where the process says so: the longest of all."""
    found: Row = {}
    for health in healths:
        told = _map(_map(health.get("sources")).get(source))
        for endpoint, state in _map(told.get("breakers")).items():
            known = found.get(endpoint)
            if known is None or state["since"] < known["since"]:
                found[endpoint] = state
    return found


def _objectives(page: Page, span: Span) -> Iterator[Row]:
    labels, name = ("operation", "step", "objective"), "headwater_slo_events_total"
    total = page.told(name, *labels, "outcome")
    gone = span.gone.told(name, *labels, "outcome")
    for key, shares in page.by("headwater_slo_objective", *labels).items():
        share = shares / len(span.now)  # each process says the same of it
        told = total.get(key, {})
        yield {
            "of": ".".join(filter(None, key[:2])),
            "objective": key[2],
            "share": round(share, 9),
            "good": int(told.get("good", 0)),
            "bad": int(told.get("bad", 0)),
            "burn": _burn(gone.get(key, {}), share),
        }


def _burn(gone: Mapping[str, float], share: float) -> float | None:
    """How fast the budget goes: 1 uses it up in just the window."""
    bad, good = (gone.get(name, 0.0) for name in ("bad", "good"))
    if not bad + good or share >= 1:
        return None
    return round(bad / (bad + good) / (1 - share), 2)


def _took(page: Page, name: str, labels: Names) -> Callable[[Names], Row]:
    """The quantiles of a histogram, as members of a row."""
    half, most = (quantiles(page, name, labels, share) for share in (0.5, 0.95))
    return lambda key: {"p50_ms": _ms(half.get(key)), "p95_ms": _ms(most.get(key))}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)


def _most(known: Mapping[Names, Mapping[str, float]]) -> list[Names]:
    """The names with most first."""
    return sorted(known, key=lambda key: (-sum(known[key].values()), key))


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
