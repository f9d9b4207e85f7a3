"""Rules and dashboard name what the gateway measures, in PromQL that parses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml
from promql_parser import parse

from gateway.telemetry.metrics import COUNTERS, GAUGES, HISTOGRAMS
from tests.house.tree import ROOT

FOLDER = ROOT / "deploy" / "observability"
MEASURED = {
    *(f"{name}_total" for name in COUNTERS),
    *GAUGES,
    *(f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "sum", "count")),
}
RULES = [
    rule
    for group in yaml.safe_load((FOLDER / "rules.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}


def panels() -> Iterator[tuple[str, str]]:
    """Each query of the dashboard, with its panel's title."""
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


ASKED = [
    *((rule.get("record") or rule["alert"], rule["expr"]) for rule in RULES),
    *panels(),
]


@pytest.mark.parametrize(("what", "asked"), ASKED)
def test_a_query_parses_and_asks_for_what_is_measured(what: str, asked: str) -> None:
    """A metric that was renamed would leave an alert that never comes."""
    parse(asked)
    named = set(re.findall(r"\bheadwater[a-z0-9_:]*", asked))
    assert named, what
    assert named <= MEASURED | RECORDED


def test_every_recorded_rate_is_asked_for() -> None:
    """What nobody reads would only cost."""
    told = "\n".join(asked for _, asked in ASKED)
    assert {name for name in RECORDED if told.count(name) == 0} == set()
