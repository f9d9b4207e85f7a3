"""Rules and dashboard name what the gateway measures, in PromQL that parses."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
import yaml
from promql_parser import parse

from gateway.telemetry.log import LOGGED
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


def kept(written: object, read: object, at: str = "") -> Iterator[str]:
    """Where something that was written was not read."""
    if isinstance(written, dict) and isinstance(read, dict):
        for key, value in written.items():
            if key in read:
                yield from kept(value, read[key], f"{at}.{key}")
            else:
                yield f"{at}.{key}"
    elif isinstance(written, list) and isinstance(read, list):
        for number, (one, other) in enumerate(zip(written, read, strict=True)):
            yield from kept(one, other, f"{at}[{number}]")
    elif written != read:
        yield at


def test_grafanas_own_model_knows_every_key_of_the_dashboard() -> None:
    """What Grafana does not know it drops, without a word to whoever imports it."""
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    encoder = importlib.import_module("grafana_foundation_sdk.cog.encoder").JSONEncoder

    def lost(written: object) -> list[str]:
        read = json.dumps(models.Dashboard.from_json(written), cls=encoder)
        return list(kept(written, json.loads(read)))

    assert lost(board) == []
    assert lost({**board, "refrsh": "5s"}) == [".refrsh"]


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


DOCUMENTED = {
    name: (set(re.findall(r"`(\w+)`", labels)), set(re.findall(r"`(\w+)`", means)))
    for name, labels, means in re.findall(
        r"^\| `(headwater_\w+)` \|(.*?)\| (.*) \|$",
        (ROOT / "deploy" / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
}
"""Of each metric its labels, and the words that its row has, values of these too."""


def labels_of(name: str) -> set[str]:
    """What samples of a metric or of a recorded rate can be told apart by."""
    if name in RECORDED:
        (own,) = (rule["expr"] for rule in RULES if rule.get("record") == name)
        return grouped(own) or set.union(*map(labels_of, named(own)))
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return DOCUMENTED[base][0] | ({"le"} if name.endswith("_bucket") else set())


def named(asked: str) -> set[str]:
    return set(re.findall(r"\bheadwater[a-z0-9_:]*", asked))


def grouped(asked: str) -> set[str]:
    return {
        label.strip()
        for by in re.findall(r"\bby \(([^)]*)\)", asked)
        for label in by.split(",")
    }


@pytest.mark.parametrize(("what", "asked"), ASKED)
def test_a_query_asks_by_labels_and_values_that_there_are(
    what: str, asked: str
) -> None:
    """What matches no series is no error: it is an alert that never comes."""
    assert grouped(asked) <= set.union(*map(labels_of, named(asked))), what
    for name, matchers in re.findall(r"\b(headwater[a-z0-9_:]*)\{([^}]*)\}", asked):
        for label, value in re.findall(r'(\w+)!?="(.*?)"', matchers):
            assert label in labels_of(name), what
            known = DOCUMENTED[re.sub(r"_bucket$", "", name)][1]
            assert value in known | {""}, what


def test_what_is_shown_of_a_series_are_labels_that_its_query_keeps() -> None:
    """In a panel's legend and in an alert's words: else they are empty there."""
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    targets = [one for panel in board["panels"] for one in panel.get("targets", ())]
    shown = [
        *(
            (t["expr"], re.findall(r"{{ *(\w+) *}}", t["legendFormat"]))
            for t in targets
        ),
        *(
            (r["expr"], re.findall(r"\$labels\.(\w+)", r["annotations"]["summary"]))
            for r in RULES
            if "alert" in r
        ),
    ]
    assert sum(map(len, (words for _, words in shown))) > 30
    for asked, words in shown:
        kept = grouped(asked) or set.union(*map(labels_of, named(asked)))
        assert set(words) <= kept, asked


def test_windows_are_what_names_and_words_say_they_are() -> None:
    """Of recorded rates by their names; of alerts the share of the budget in hours."""
    hours = {"1h": 1, "6h": 6, "3d": 72}
    for rule in RULES:
        if "record" in rule:
            (window,) = re.findall(r"rate(\w+)$", rule["record"])
            assert set(re.findall(r"\[(\w+)\]", rule["expr"])) <= {window}
            inner = set(re.findall(r"ratio_rate(\w+)", rule["expr"]))
            assert inner <= {window}
    text = (FOLDER / "rules.yaml").read_text("utf-8")
    said = re.findall(
        r"# (\d+) % of the budget in (\w+)\.\n +expr: \|\n(.*?)for:", text, re.DOTALL
    )
    assert [window for _, window, _ in said] == ["1h", "6h", "3d"]
    for percent, window, asked in said:
        held = re.findall(r"> ([\d.]+) \* .*? / (\d+)$", asked, re.MULTILINE)
        assert held == [(f"{int(percent) / 100:g}", str(hours[window] * 3600))] * 2
        assert f"headwater:slo_burn:rate{window} >" in asked


@pytest.mark.parametrize(
    "asked",
    [
        ("rules", "--lint-fatal", "rules.yaml"),
        ("config", "--syntax-only", "scrape.yaml"),
    ],
)
def test_prometheus_takes_what_is_written_for_it(asked: tuple[str, str, str]) -> None:
    """By its own tool, which knows more of rules than that they parse."""
    tool = shutil.which("promtool")
    if tool is None:
        reason = "needs promtool: apt-get install prometheus"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    what, how, file = asked
    told = subprocess.run(
        [tool, "check", what, how, str(FOLDER / file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_says_what_to_do_and_every_word_for_it_exists() -> None:
    """Whoever is woken finds his alert in the guide, and in the log what it names."""
    text = (FOLDER / "README.md").read_text("utf-8")
    guide = text[text.index("## When an alert comes") :]
    cells = re.findall(r"^\| (`Headwater.*?) \|", guide, re.MULTILINE)
    told = {name for cell in cells for name in re.findall("`(.+?)`", cell)}
    assert told == {rule["alert"] for rule in RULES if "alert" in rule}
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", guide))
    assert named - LOGGED.keys() == {
        "headwater.kept",
        "extensions.completeness",
        "limits.concurrency",
        "server.memory",
    }


def test_every_recorded_rate_is_asked_for() -> None:
    """What nobody reads would only cost."""
    told = "\n".join(asked for _, asked in ASKED)
    assert {name for name in RECORDED if told.count(name) == 0} == set()
