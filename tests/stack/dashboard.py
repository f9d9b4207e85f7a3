"""Whether dashboard and alerts have something to show on a stack that runs.

In charge of traffic of every kind that they tell of, and of asking each of their
queries. Of an alert each side without its threshold is asked: what it is held against.

    python -m tests.stack --check-dashboard
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.stack.asking import SCREEN, get, post, status
from tests.stack.part import ROOT, StackError
from tests.stack.prometheus import RULES, asked
from tests.stack.stack import Stack

OVER = Path(__file__).with_name("watched.yaml")
BOARD = ROOT / "deploy" / "observability" / "dashboard.json"
_BROKEN = ("fraud", "transactions", "accounts")
"""What a part of an answer needs, and what all of it needs."""
_WINDOW = "15s"
_PATIENCE = 90.0
_ALIASES = " ".join(f"a{number}: __typename" for number in range(40))
_FAULTS = "{ customer360(customer_id: 7) { fraud { score } transactions { id } } }"


def queries() -> Iterator[tuple[str, str]]:
    """Each query, and which panel or rule asks it."""
    board = json.loads(BOARD.read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield (
                f"panel {panel['title']}",
                target["expr"].replace("$__rate_interval", _WINDOW),
            )
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            if "record" in rule:
                yield f"rule {rule['record']}", rule["record"]
                continue
            for side in rule["expr"].split(" and "):
                yield f"alert {rule['alert']}", side.split(" > ")[0].strip()


def check(stack: Stack) -> list[str]:
    """What shows nothing after so much traffic; nothing, when all is well.

    Raises:
        StackError: no Prometheus is there.
    """
    if "prometheus" not in stack.parts:
        raise StackError("install what is missing: apt-get install prometheus")
    listed, until = [*queries()], time.monotonic() + _PATIENCE
    while listed and time.monotonic() < until:
        _traffic(stack)
        listed = [one for one in listed if not asked(stack.prometheus, one[1])]
    return [f"{what}: nothing for {query}" for what, query in listed]


def _traffic(stack: Stack) -> None:
    """A few of each: whole, partial and refused answers, and a broken profile."""
    path = stack.wishes.project / "profiles" / "customer360.yaml"
    text = path.read_text("utf-8")
    for _ in range(10):
        status(stack.url, SCREEN)
    for service in _BROKEN:
        post(stack.upstreams, f"/-/break?service={service}")
    path.write_text("steps: [this is no profile", "utf-8")
    try:
        for url in stack.gateways * 5:
            status(url, _FAULTS)
            status(url, f"{{ {_ALIASES} }}")
            get(url, "/api/openapi.json")
    finally:
        path.write_text(text, "utf-8")
        for service in _BROKEN:
            post(stack.upstreams, f"/-/mend?service={service}")
