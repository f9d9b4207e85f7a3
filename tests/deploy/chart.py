"""The Helm chart, rendered by Helm's own engine; no cluster is asked.

`helm-python-sdk` has that engine as a library. Where it has no wheel, a test that asks
for it is skipped; with REQUIRE_SERVICES=1 it fails.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.house.tree import ROOT

CHART = ROOT / "deploy" / "helm" / "headwater"
KINDS = (
    *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy"),
    *("PodDisruptionBudget", "Service", "ServiceAccount"),
)
"""What is always there."""


def helm() -> ModuleType:
    """The library, where it is installed."""
    try:
        import helm_python
    except ImportError:
        reason = "needs Helm's engine: pip install helm-python-sdk"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return helm_python


def values(name: str) -> dict[str, Any]:
    """Those of a file in ``ci/``."""
    text = (CHART / "ci" / f"{name}-values.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def rendered(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All objects, as `helm template bank --namespace prod` has them.

    Raises:
        HelmError: the values do not fit the chart's schema, or the chart refuses them.
    """
    with helm().Chart.load(str(CHART)) as chart:
        chart.validate_schema(dict(given))
        files = chart.render(dict(given), name="bank", namespace="prod")
    return [
        found
        for name, text in files.items()
        if name.endswith(".yaml")
        for found in yaml.safe_load_all(text)
        if found is not None
    ]


def only(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The one object of a kind."""
    (found,) = (one for one in objects if one["kind"] == kind)
    return found


def mounted(objects: list[dict[str, Any]], root: Path) -> Path:
    """The pod's ``/project`` below ``root``; the path of its deployment file.

    ConfigMaps are laid down as a kubelet does, by `swap`.
    """
    maps = (one for one in objects if one["kind"] == "ConfigMap")
    data = {one["metadata"]["name"]: one["data"] for one in maps}
    pod = only(objects, "Deployment")["spec"]["template"]["spec"]
    named = {
        one["name"]: one["configMap"]["name"]
        for one in pod["volumes"]
        if "configMap" in one
    }
    (container,) = pod["containers"]
    for mount in container["volumeMounts"]:
        if mount["name"] in named:
            folder = root / mount["mountPath"].strip("/")
            folder.mkdir(parents=True)
            swap(folder, data[named[mount["name"]]])
    env = {one["name"]: one.get("value") for one in container["env"]}
    return root / str(env["HEADWATER_CONFIG"]).strip("/")


def swap(folder: Path, files: Mapping[str, str]) -> None:
    """Replace a ConfigMap's volume: a new folder behind the link ``..data``."""
    before = (folder / "..data").resolve() if (folder / "..data").exists() else None
    number = len(list(folder.parent.glob("made-*")))
    (folder.parent / f"made-{number}").touch()
    new = folder / f"..2026_11_23_09_14_07.{number}"
    new.mkdir()
    for name, text in files.items():
        (new / name).write_text(text, "utf-8")
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    (folder / "..data_tmp").symlink_to(new.name)
    (folder / "..data_tmp").replace(folder / "..data")
    if before is not None:
        shutil.rmtree(before)
