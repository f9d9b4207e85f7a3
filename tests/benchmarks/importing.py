"""CPU seconds of `headwater import openapi` for a description of 300 operations."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

_FIELDS = 12


def main() -> None:
    """Print the seconds for one import, the check of what was made included."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--operations", type=int, default=300)
    parser.add_argument("--file", type=Path, help="A description of your own.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.file or Path(folder) / "api.json"
        if given.file is None:
            file.write_text(json.dumps(described(given.operations)))
        before = _spent()
        asked = ["import", "openapi", str(file), "--into", f"{folder}/out"]
        command = [sys.executable, "-m", "gateway", *asked, "--mutations"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        cpu = _spent() - before
    told = next(line for line in done.stdout.splitlines() if " operations, " in line)
    print(f"{cpu:.2f} s CPU for {told}")


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def described(operations: int) -> dict[str, object]:
    """A description with five operations for each of its types."""
    paths: dict[str, object] = {}
    schemas: dict[str, object] = {}
    for number in range((operations + 4) // 5):
        name = f"Thing{number}"
        reference = {"$ref": f"#/components/schemas/{name}"}
        schemas[name] = _schema(number)
        paths[f"/things{number}"] = {
            "get": _operation(
                f"list{name}", {"type": "array", "items": reference}, number
            ),
            "post": _operation(f"add{name}", reference, number, sent=reference),
        }
        key = {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
        }
        paths[f"/things{number}/{{id}}"] = {
            "parameters": [key],
            "get": _operation(f"get{name}", reference, number),
            "put": _operation(f"put{name}", reference, number, sent=reference),
            "delete": {
                "operationId": f"delete{name}",
                "tags": [f"tag{number % 10}"],
                "responses": {"204": {}},
            },
        }
    info = {"title": "Many", "version": "1"}
    servers = [{"url": "https://many.example"}]
    components = {"schemas": schemas}
    return {
        "openapi": "3.0.3",
        "info": info,
        "servers": servers,
        "paths": paths,
        "components": components,
    }


def _schema(number: int) -> dict[str, object]:
    kinds: list[dict[str, object]] = [
        {"type": "string", "description": "What it says, in words that fill a line."},
        {"type": "integer", "format": "int64"},
        {"type": "string", "enum": ["one", "two", "the-third"]},
        {
            "type": "object",
            "properties": {"street": {"type": "string"}, "no": {"type": "integer"}},
        },
        {"$ref": f"#/components/schemas/Thing{max(0, number - 1)}"},
    ]
    properties = {f"field{n}": kinds[n % len(kinds)] for n in range(_FIELDS)}
    return {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, **properties},
    }


def _operation(
    name: str, schema: object, number: int, sent: object = None
) -> dict[str, object]:
    content = {"application/json": {"schema": schema}}
    made: dict[str, object] = {
        "operationId": name,
        "summary": f"What {name} does.",
        "tags": [f"tag{number % 10}"],
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
        "responses": {
            "200": {"description": "", "content": content},
            "404": {"description": ""},
        },
    }
    if sent is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": sent}},
        }
    return made


if __name__ == "__main__":
    main()
