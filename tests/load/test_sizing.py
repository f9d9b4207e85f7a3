"""The worked example of the operations guide, by the formula that it shows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.stack.part import ROOT

SCRIPT = ROOT / "deploy" / "load" / "sizing.py"


def sized(*words: str) -> str:
    """What the script says."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *words], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_example_of_the_guide_comes_out_as_it_says() -> None:
    """As it stands there, word by word."""
    guide = (ROOT / "deploy" / "README.md").read_text("utf-8")
    command = "screen=1500/s,0.41ms,4 lookup=3000/s,0.15ms,1 --latency 40ms --cores 2"
    assert (
        f"$ python deploy/load/sizing.py {command}\n{sized(*command.split())}" in guide
    )


@pytest.mark.parametrize(
    ("rate", "workers", "replicas", "calls"),
    [(60, 1, 2, 12), (600, 10, 6, 120), (601, 11, 7, 121)],
)
def test_traffic_becomes_workers_replicas_and_connections(
    rate: int, workers: int, replicas: int, calls: int
) -> None:
    """10 ms each: 60 a second keep one core at 60 %; a worker more is a core more."""
    told = sized(f"one={rate}/s,10ms,4", "--latency", "50ms", "--cores", "2")
    assert f": {workers} workers at 60% of a core" in told
    assert f"{replicas} replicas of 2 workers" in told
    assert f"{calls} upstream calls under way" in told
