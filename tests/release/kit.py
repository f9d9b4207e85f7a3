"""Bundles, stores and a clock that stands still, for the tests of releases."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.release.activation import Actor
from gateway.release.model import Bundle, Facts, bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.base import Store

FACTS = Facts("2026-11-23T09:00:00+00:00", "ada", "first", "0.1.0")
ADA = Actor("ada", "laptop", "because")
BOB = Actor("bob", "ci", "")
NOON = "2026-11-23T12:00:00.000+00:00"


class Noon:
    """It is always noon."""

    def now(self) -> float:
        return 0.0

    def wall(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=UTC)


def bundle(version: int = 1) -> Bundle:
    """A whole project whose one operation answers with its version."""
    return bundle_of(texts(version), FACTS)


def texts(version: int) -> dict[str, str]:
    return {
        "profiles/v.yaml": "language: 1\noperation: v\nsteps: "
        f"[{{ name: body, type: value, value: {{ n: {version} }} }}]\n",
        "schema/v.graphql": "type Query { v: V }\ntype V { n: Int }\n",
    }


def releases(store: Store, channel: str = "stable") -> Releases:
    return Releases(store, channel, Noon())
