"""The description of the door: what it says is what is served."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import yaml


def test_every_operation_is_described(api: httpx.Client) -> None:
    """Those of profiles and saved ones, by OpenAPI 3.1, in JSON and in YAML."""
    answer = api.get("/openapi.json")
    described = answer.json()
    assert described["openapi"] == "3.1.0"
    assert [*described["paths"]] == [
        "/branches",
        "/customer",
        "/holder",
        "/scored",
        "/operations/card",
    ]
    assert yaml.safe_load(api.get("/openapi.yaml").content) == described
    again = api.get("/openapi.json", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_no_reference_of_the_description_leads_nowhere(api: httpx.Client) -> None:
    """Each ``$ref`` is in the document."""
    described = api.get("/openapi.json").json()
    found = 0
    waiting: list[object] = [described]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
            if isinstance(reference := one.get("$ref"), str):
                target = described
                for part in reference.removeprefix("#/").split("/"):
                    target = target[part]
                found += 1
        elif isinstance(one, list):
            waiting += one
    assert found


def test_schemathesis_finds_nothing(api: httpx.Client, tmp_path: Path) -> None:
    """What fits the description is taken, and what does not is refused: no 5xx.

    Without the operation whose source is away: it answers 502, rightly.
    """
    said = schemathesis(api, tmp_path, "--exclude-path=/scored")
    assert "5 passed" in said


def test_schemathesis_finds_nothing_of_what_changes(
    office: httpx.Client, tmp_path: Path
) -> None:
    """Nor in bodies: lists, ids and input objects are what is described."""
    wanted = ("/addNote", "/search", "/party", "/anyone")
    said = schemathesis(office, tmp_path, *(f"--include-path={one}" for one in wanted))
    assert "4 passed" in said


def schemathesis(client: httpx.Client, folder: Path, *options: str) -> str:
    """What a clean run prints."""
    base = str(client.base_url).rstrip("/")
    ran = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{base}/openapi.json",
            f"--url={base}",
            "--max-examples=5",
            "--phases=coverage,fuzzing",
            "--generation-deterministic",
            "--no-color",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout
