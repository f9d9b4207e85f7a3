"""What the description says of a saved operation's answer: all of it."""

from __future__ import annotations

from typing import Any

import httpx


def answer_of(office: httpx.Client, name: str) -> dict[str, Any]:
    described = office.get("/openapi.json").json()
    item = described["paths"][f"/operations/{name}"]["post"]
    content = item["responses"]["200"]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


def test_the_answer_of_a_saved_operation_is_described_by_what_it_selects(
    office: httpx.Client,
) -> None:
    """By its aliases; null where it may be, and required where it is always there."""
    text = {"type": "string"}
    note = {
        "type": ["object", "null"],
        "properties": {"text": text},
        "required": ["text"],
    }
    assert answer_of(office, "noted") == {
        "type": "object",
        "properties": {"first": note, "second": note},
        "required": ["first", "second"],
        "additionalProperties": False,
    }


def test_what_only_some_types_have_is_not_required(office: httpx.Client) -> None:
    """Nor what stands under a condition."""
    number = {"type": ["integer", "null"]}
    assert answer_of(office, "both")["properties"]["anyone"] == {
        "type": ["object", "null"],
        "properties": {
            "__typename": {"type": "string"},
            "born": number,
            "staff": number,
        },
        "required": ["__typename"],
    }
    assert answer_of(office, "some")["properties"]["anyone"]["required"] == ["id"]
