"""A deployment and its SDL as the world that profiles are compiled against."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.alarm import Owner
from gateway.connectors.registry import step_types
from gateway.deployment import Deployment
from gateway.deployment.sources import AnySource
from gateway.deployment.sources.rest import SourceErrors
from gateway.errors import Problems
from gateway.expression import Expression, parse
from gateway.loading.offering import offer_of
from gateway.loading.picking import picked
from gateway.loading.spelling import conversions_of
from gateway.profile.caching import parts_of_request
from gateway.profile.lending import Lending
from gateway.profile.model import Names, SourceSays
from gateway.profile.world import SourceFacts, World
from gateway.record import replace
from gateway.schema.sdl import Sdl
from gateway.schema.types import argument_reader, read_type
from gateway.values import JsonValue, digest

_CREDENTIALS = frozenset({"authorization", "cookie"})


def world_of(
    deployment: Deployment,
    sdl: Sdl,
    flags: Mapping[str, JsonValue] | None,
    root: str,
    problems: Problems,
) -> World:
    """What compiling may depend on: an equal world gives equal profiles.

    ``flags`` are the default values of those there are; None where
    nobody says. ``root`` is
    what the folder of profiles is called.
    """
    facts = {
        name: SourceFacts(
            source.type,
            Names(source.names),
            source.timeout,
            _tells(source),
            source.metered,
            conversions_of(name, deployment, sdl.shapes, problems),
            _says(source),
            _owner(source),
            source.dialect,
            _lending(source),
            pick=picked(source),
            repeatable=source.known_again_by is not None,
        )
        for name, source in deployment.sources.items()
    }
    for name, fact in facts.items():
        facts[name] = replace(fact, offer=offer_of(name, deployment, problems))
    facts.setdefault("mock", SourceFacts("mock"))  # of `type: mock`, needs no place
    timed = "timeout" in deployment.defaults.model_fields_set
    described = [f"{name}:{fact}" for name, fact in sorted(facts.items())]
    known = "" if flags is None else f"flags:{sorted(_kinds(flags).items())}"
    return World(
        shapes=sdl.shapes,
        sources=facts,
        step_types=step_types(),
        timeout=deployment.defaults.timeout,
        read_type=read_type,
        read_argument=argument_reader(sdl.schema),
        digest=digest(
            sdl.digest,
            f"{deployment.defaults.timeout}:{timed}:{root}",
            known,
            *described,
        ),
        timed=timed,
        federated=deployment.federation is not None,
        root=root,
        marks=sdl.marks,
        flags=flags,
    )


def _kinds(flags: Mapping[str, JsonValue]) -> dict[str, str]:
    """What of the flags profiles are held against: a switch may change its default."""
    return {n: "" if isinstance(v, bool) else repr(v) for n, v in flags.items()}


def _tells(source: AnySource) -> tuple[str, ...]:
    """What of a request every call tells a source, by headers."""
    headers = source.header_template
    told = parts_of_request(headers) if headers else frozenset[str]()
    if not _CREDENTIALS.isdisjoint(source.forwarded):
        told |= {"claims"}
    if source.speaks_for:
        told |= {"claims", "claims.sub"}
    return tuple(sorted(told))


def _lending(source: AnySource) -> Lending | None:
    """Who may use it; None where everybody may."""
    found = source.allow
    return Lending(found.profiles, found.methods) if found else None


def _owner(source: AnySource) -> Owner | None:
    """Who is asked about it; None where nobody is named."""
    found = source.owner
    return Owner(found.team, found.runbook, found.contact) if found else None


def _says(source: AnySource) -> SourceSays | None:
    """Where its failed replies say why; None where nothing tells."""
    written: SourceErrors | None = getattr(source, "errors", None)
    if written is None:
        return None
    return SourceSays(_parsed(written.message), _parsed(written.code))


def _parsed(text: str | None) -> Expression | None:
    return None if text is None else parse(text)
