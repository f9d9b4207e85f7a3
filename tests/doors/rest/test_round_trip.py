"""A gateway in front of this door: its description is imported, and serves the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from gateway.app import build_gateway
from gateway.cli.main import app
from gateway.values import JsonValue
from tests.project import ask

ADA: Mapping[str, JsonValue] = {"name": "Ada", "born": 1815}
ANYONE = '{ anyone(id: "p") { ... on Person { name born } ... on Firm { staff } } }'
BOTH = '{ operationsBoth(one: "f", how: "200") { anyone { staff } failing { name } } }'
ADD = 'mutation { addNote(input: {id: "7", note: {text: "b", mood: LOUD}}) { text } }'
ASKED: Mapping[str, Mapping[str, JsonValue]] = {
    ANYONE: {"anyone": ADA},
    '{ party(id: "p") { ... on Person { name born } } }': {"party": ADA},
    '{ anyone(id: "nobody") { __typename } }': {"anyone": None},
    '{ failing(how: "200") { name } }': {"failing": {"name": "x"}},
    BOTH: {"operationsBoth": {"anyone": {"staff": 3}, "failing": {"name": "x"}}},
    ADD: {"addNote": {"text": "b"}},
}


@pytest.fixture
def imported(office: httpx.Client, tmp_path: Path) -> Path:
    """The deployment file of a project made of the first one's description alone."""
    (tmp_path / "api.json").write_bytes(office.get("/openapi.json").content)
    made = ("--into", str(tmp_path / "made"), "--url", str(office.base_url))
    arguments = ["import", "openapi", str(tmp_path / "api.json"), *made, "--mutations"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return tmp_path / "made/headwater.yaml"


async def test_what_is_imported_of_the_description_serves_the_same(
    imported: Path,
) -> None:
    """Types by name, absence as null, bodies of mutations, saved operations.

    A failure of the first gateway is one of a source of the second, by its status.
    """
    second = build_gateway([imported], {}, observe=lambda _event: None)
    async with second.serving():
        for query, data in ASKED.items():
            assert await ask(second, query) == {"data": data}
        failed = await ask(second, '{ failing(how: "503") { name } }')
        assert failed["data"] == {"failing": None}
        assert '"status":502' in orjson.dumps(failed["errors"]).decode()
