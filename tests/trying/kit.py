"""A project whose operation asks a source, in versions; a fleet that tries them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gateway.app import Gateway, build_gateway
from gateway.release.model import Bundle, bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from gateway.release.terms import Bounds, Terms
from gateway.release.trials import Kind, Trials
from gateway.request.model import Caller, RequestContext
from gateway.telemetry.events import Event
from tests.project import write
from tests.release.kit import ADA, FACTS, releases

SDL = "type Query { v: V }\ntype Mutation { set: V }\ntype V { n: Int }\n"


def version(number: int, **more: str) -> Bundle:
    """A project of which `v` answers with a number."""
    steps = more.get(
        "steps", f"{{ name: body, type: value, value: {{ n: {number} }} }}"
    )
    return bundle_of(
        {
            "profiles/v.yaml": f"language: 1\noperation: v\nsteps: [{steps}]\n",
            "profiles/set.yaml": "language: 1\noperation: set\nsteps: "
            f"[{{ name: write, type: value, value: {{ n: {number} }} }}]\n",
            "schema/v.graphql": SDL,
        },
        FACTS,
    )


@dataclass
class Fleet:
    """Gateways that follow one store, and what is told in each."""

    folder: Path
    url: str
    sources: str = ""
    releases: Releases = field(init=False)
    heard: list[list[Event]] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.releases = releases(open_store(self.url))
        text = (
            f'release: {{ store: "{self.url}", poll: 1h }}\n'
            "auth: { trust_headers: true }\nplan: { when: 'true' }\n"
        )
        self.config = write(self.folder, {"headwater.yaml": text + self.sources})

    @property
    def trials(self) -> Trials:
        here = self.releases
        return Trials(here.store, here.channel, here.clock)

    def activate(self, one: Bundle) -> None:
        self.releases.publish(one)
        self.releases.activate(one.id, ADA)

    def tries(self, one: Bundle, terms: Terms, kind: Kind = "canary") -> None:
        self.releases.publish(one)
        self.trials.begin(kind, one.id, terms, ADA)

    def gateway(self, *, usual: bool = True) -> Gateway:
        """Without ``usual`` its log leaves out what goes well, as one in production."""
        heard: list[Event] = []
        self.heard.append(heard)
        observe = heard.append
        made = build_gateway(
            [self.config], {}, observe=observe, usual=usual, remember=True
        )
        self.gateways.append(made)
        return made

    def told(self, kind: type, of: int = 0) -> list[Event]:
        return [event for event in self.heard[of] if isinstance(event, kind)]

    def close(self) -> None:
        self.releases.store.close()
        for gateway in self.gateways:
            if gateway.releases is not None:
                gateway.releases.close()


def request(sub: str | None = None, **more: str) -> RequestContext:
    """Somebody who asks."""
    claims = {} if sub is None else {"sub": sub}
    return RequestContext(
        request_id=more.get("id", "r1"),
        started=0.0,
        time=None,  # type: ignore[arg-type]
        tenant=more.get("tenant"),
        caller=Caller(sub, claims),
        explain=True,
    )


HALF = Terms(0.5, by="request.claims.sub")
ALL = Terms(1.0, bounds=Bounds(least=20))
