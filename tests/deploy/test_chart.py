"""The Helm chart: linted, valid for Kubernetes, and what its pods read is served."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.chart import CHART, KINDS, helm, mounted, only, rendered, swap, values
from tests.house.tree import ROOT
from tests.processes import ending
from tests.stack.asking import ask

VERSIONS = ("1.30.0", kubernetes_validate.latest_version())
"""The oldest that the chart names, and the newest that is known."""
NAMES = ("minimal", "full")
_PATIENCE = 60.0


def pod(objects: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = only(objects, "Deployment")["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_helm_lints_the_chart(name: str) -> None:
    """Warnings count as errors; `INFO` asks for an icon."""
    told = helm().lint(str(CHART), values(name), strict=True, kube_version="v1.30.0")
    assert (told["errors"], [m for m in told["messages"] if m["severity"] > 1]) == (
        [],
        [],
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_every_object_is_valid_for_kubernetes(name: str, version: str) -> None:
    """Strictly: an unknown key is an error. A ServiceMonitor is the operator's own."""
    objects = rendered(values(name))
    monitors = [one for one in objects if one["kind"] == "ServiceMonitor"]
    assert len(monitors) == (name == "full")
    plain = [one for one in objects if one not in monitors]
    for one in plain:
        kubernetes_validate.validate(one, version, strict=True)
    assert sorted({one["kind"] for one in plain}) == sorted(KINDS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "deployment.auth: say who may ask"),
        ({"deployment": {"auth": "none"}}, "profiles: there are none"),
        ({"replica": 3}, "additional properties 'replica' not allowed"),
        ({"secrets": [{"name": "core", "value": "hunter2"}]}, "not allowed"),
    ],
)
def test_values_that_would_not_serve_are_refused(
    given: dict[str, Any], told: str
) -> None:
    """Before anything is installed, and with what to do."""
    with pytest.raises(helm().HelmError, match=told):
        rendered(given)


def test_pods_have_no_rights_and_a_root_that_cannot_be_written() -> None:
    """What they write is in volumes that go with them."""
    made = pod(rendered(values("full")))
    (container,) = made["containers"]
    assert made["securityContext"]["runAsNonRoot"] is True
    assert made["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    written = {v["name"] for v in made["volumes"] if "emptyDir" in v}
    mounts = {m["name"] for m in container["volumeMounts"] if not m.get("readOnly")}
    assert mounts == written == {"state", "tmp"}


def test_secrets_are_named_and_never_written() -> None:
    """No Secret is made; the deployment file says where its value will be."""
    objects = rendered(values("full"))
    assert "Secret" not in {one["kind"] for one in objects}
    (container,) = pod(objects)["containers"]
    named = {
        e["name"]: e["valueFrom"]["secretKeyRef"]
        for e in container["env"]
        if "valueFrom" in e
    }
    assert named == {
        "REDIS_PASSWORD": {"name": "bank-redis", "key": "password"},
        "WAREHOUSE_URL": {"name": "bank-warehouse", "key": "url"},
    }


def test_pods_grow_by_cpu_and_by_requests_in_flight() -> None:
    """By a metric that the gateway has; it shrinks slowly."""
    spec = only(rendered(values("full")), "HorizontalPodAutoscaler")["spec"]
    kinds = [one["type"] for one in spec["metrics"]]
    name = spec["metrics"][1]["pods"]["metric"]["name"]
    assert (kinds, name) == (["Resource", "Pods"], "headwater_requests_running")
    assert f"`{name}`" in (ROOT / "deploy" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_pod_that_ends_answers_until_nobody_sends_to_it(name: str) -> None:
    """It has time for that, for what is in flight, and some to spare."""
    objects = rendered(values(name))
    (written,) = (
        yaml.safe_load(one["data"]["headwater.yaml"])
        for one in objects
        if one["kind"] == "ConfigMap" and "headwater.yaml" in one["data"]
    )
    drain = int(written["server"]["drain"].removesuffix("s"))
    made = pod(objects)
    assert drain + 15 < made["terminationGracePeriodSeconds"]
    assert "lifecycle" not in made["containers"][0]  # a sleep would hide it from itself


def test_only_what_is_read_at_the_start_makes_new_pods() -> None:
    """A profile or a source is taken over by the pods that run; `server` is not."""

    def template(**changed: Any) -> dict[str, Any]:
        given = {**values("minimal"), **changed}
        found: dict[str, Any] = only(rendered(given), "Deployment")
        return found

    before = template()
    sources = {"auth": "none", "sources": {"core": {"url": "http://core"}}}
    server = {"auth": "none", "server": {"connections": 10}}
    assert template(deployment=sources) == before
    assert template(profiles={"greeting.yaml": "language: 1"}) == before
    assert template(deployment=server) != before


@contextmanager
def served(config: Path) -> Iterator[str]:
    """`headwater serve` as the container starts it; its address."""
    state = config.parents[1] / "state"
    text = config.read_text("utf-8").replace("/var/lib/headwater", str(state))
    swap(config.parent, {config.name: text})
    words = ("serve", "--host", "127.0.0.1", "--port", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HEADWATER_CONFIG": str(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with ending(process):
        assert process.stdout is not None
        yield process.stdout.readline().split()[1].rstrip("/")
        process.terminate()
        process.communicate(timeout=_PATIENCE)


def test_what_the_chart_mounts_is_served_and_a_changed_configmap_too(
    tmp_path: Path,
) -> None:
    """As a kubelet lays ConfigMaps down, and replaces them: with no restart."""
    given = values("minimal")
    config = mounted(rendered(given), tmp_path)
    with served(config) as url:
        first = ask(url, "{ greeting { text } }")
        text = given["profiles"]["greeting.yaml"].replace("Hello", "Good morning")
        swap(tmp_path / "project" / "profiles", {"greeting.yaml": text})
        until = time.monotonic() + _PATIENCE
        while (later := ask(url, "{ greeting { text } }")) == first:
            assert time.monotonic() < until, "the change was not taken over"
    assert [first, later] == [
        {"data": {"greeting": {"text": said}}} for said in ("Hello", "Good morning")
    ]


def test_the_chart_names_the_version_of_the_package() -> None:
    """An image is built under the version that it has."""
    import tomllib

    import yaml

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["appVersion"] == project["version"]
