"""A Prometheus beside the stack, which scrapes each worker by itself.

In charge of its configuration and of asking it. It is optional: without the program the
stack starts all the same. Must never know what the queries mean.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.stack import servers
from tests.stack.part import ROOT, Part
from tests.stack.ports import HOST, Ports

PACKAGE = "prometheus"
RULES = ROOT / "deploy" / "observability" / "rules.yaml"
_EVERY = "1s"


def there() -> bool:
    """Whether the program is on this machine."""
    return shutil.which(PACKAGE) is not None


def prometheus(ports: Ports, state: Path, workers: Sequence[int], token: str) -> Part:
    """One with deploy's rules, which asks the admin port of every worker."""
    rules = re.sub(r"interval: \w+", f"interval: {_EVERY}", RULES.read_text("utf-8"))
    (state / "rules.yaml").write_text(rules, "utf-8")
    targets = [
        f"{HOST}:{ports.admin(number) + worker}"
        for number, count in enumerate(workers, start=1)
        for worker in range(count)
    ]
    config = {
        "global": {"scrape_interval": _EVERY, "evaluation_interval": _EVERY},
        "rule_files": [str(state / "rules.yaml")],
        "scrape_configs": [
            {
                "job_name": "headwater",
                "metrics_path": "/v1/metrics",
                "authorization": {"credentials": token},
                "static_configs": [{"targets": targets}],
            }
        ],
    }
    path = state / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    where = (
        f"--config.file={path}",
        f"--storage.tsdb.path={state / 'prometheus'}",
        f"--web.listen-address={HOST}:{ports.prometheus}",
    )
    return Part(
        "prometheus",
        servers.program(PACKAGE, *where),
        lambda: servers.listening(ports.prometheus),
        state / "prometheus.log",
    )


def asked(url: str, query: str) -> list[dict[str, Any]]:
    """The samples that a query gives now, those that are no number left out."""
    words = urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(f"{url}/api/v1/query?{words}", timeout=10) as reply:
        found = json.load(reply)["data"]
    if found["resultType"] == "scalar":
        found["result"] = [{"value": found["result"]}]
    return [one for one in found["result"] if one["value"][1] != "NaN"]
