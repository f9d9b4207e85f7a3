"""What a call asks, and one that was begun: between the server and who waits.

In charge of nothing but naming what belongs together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gateway.connectors.hearing import Hearing
from gateway.connectors.postgres.exchange import Exchange
from gateway.connectors.postgres.link import Link, Prepared
from gateway.connectors.postgres.statement import Statement
from gateway.connectors.rows import SqlTarget


class Asked(NamedTuple):
    """What a call asks: its statement, and the values of its parameters."""

    statement: Statement
    values: Mapping[str, object]
    target: SqlTarget


class UnderWay(NamedTuple):
    """A call that was sent without waiting, and who hears of it."""

    asked: Asked
    link: Link
    prepared: Prepared
    exchange: Exchange
    hearing: Hearing
