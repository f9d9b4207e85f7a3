"""The description of the door: what it says is what is served."""

from __future__ import annotations

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
