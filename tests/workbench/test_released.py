"""A query under a release of the deployment's store, beside the files on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.errors import RequestError
from gateway.release.activation import Actor
from gateway.release.model import Facts, bundle_of
from gateway.release.releases import Releases
from gateway.release.stores.opening import open_store
from gateway.workbench.answers import Answers
from tests.explorer.looking import FILES, QUERY
from tests.project import write


def sources(found: Any) -> dict[str, str]:
    return {step["step"]: step["source"] for step in found["plan"]["steps"]}


def test_a_release_is_planned_under_beside_what_lies_on_disk(tmp_path: Path) -> None:
    """Named by `active` or the start of its id; what is not there is said."""
    released = {n: t for n, t in FILES.items() if n != "headwater.yaml"}
    store = tmp_path / "store"
    releases = Releases(open_store(str(store)), "stable", SystemClock())
    bundle = bundle_of(released, Facts("2026-11-23T00:00:00Z", "ci"))
    releases.publish(bundle)
    releases.activate(bundle.id, Actor("ada", "desk"))
    deployment = FILES["headwater.yaml"]
    config = write(
        tmp_path,
        {
            **FILES,
            "headwater.yaml": f"{deployment}\nrelease: {{ store: {store} }}\n",
            "profiles/customer.yaml": FILES["profiles/customer.yaml"].replace(
                "source: scores, ", ""
            ),
        },
    )
    ask = Answers([config], {}, dev=True).answer

    def planned(of: str) -> Any:
        return ask({"kind": "plan", "query": QUERY, "of": of})

    found = {of: sources(planned(of)) for of in ("disk", "active", bundle.id[:12])}
    was = {"body": "default", "risk": "scores"}
    assert found == {
        "disk": {"body": "default", "risk": "default"},
        "active": was,
        bundle.id[:12]: was,
    }
    for of in ("previous", "f" * 12):
        with pytest.raises(RequestError) as raised:
            planned(of)
        assert raised.value.status == 422
