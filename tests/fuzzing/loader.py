"""Text as a file that people write: understood, or every problem with its place.

By its first line a text is the schema (``# sdl``), the deployment file
(``# headwater``) or a profile, an entity file or a fragment beside what is there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gateway.cli.project import open_nothing
from gateway.connectors.options import STEP_OPTIONS
from gateway.deployment import Deployment, load_deployment
from gateway.deployment import json_schema as deployment_schema
from gateway.errors import Problem, Problems
from gateway.loading.loader import Loader
from gateway.loading.written import Written
from gateway.profile.document import json_schema
from gateway.values import JsonValue

HEADWATER = """
sources:
  bank: { url: "https://bank.test" }
  shop: { type: graphql, url: "https://shop.test/graphql" }
  house: { type: duckdb }
  base: { type: postgres, url: "postgres://base.test/x" }
  words: { type: static, data: { a: b } }
  keys: { type: redis, url: "redis://keys.test" }
"""
SDL = """
type Query { customer(id: ID!): Customer }
type Mutation { rename(id: ID!, name: String!): Customer }
type Customer { id: ID!, name: String, orders: [Order!]!, kind: Kind, born: Date }
type Order { id: ID!, amount: Decimal, customer: Customer }
enum Kind { GOOD BAD }
scalar Date scalar Decimal
"""
PROFILE = """
language: 1
operation: customer
args: { id: ID! }
steps:
  - { name: account, source: bank, endpoint: "/customers/{id}" }
returns: Customer
"""
SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
FILE = "profiles/tried.yaml"
_MOST_PROBLEMS, _SMALL = 5_000, 500


def _keys(schema: JsonValue) -> Iterator[str]:
    """Every key and word that a JSON Schema knows."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        words = schema.get("enum")
        yield from (one for one in words or () if isinstance(one, str))
        for value in schema.values():
            yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


TOKENS = [
    *sorted({*_keys(json_schema(STEP_OPTIONS)), *_keys(deployment_schema())}),
    *(
        "\n",
        "  ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "&a ",
        "*a",
        "<<: ",
        "!!python/object:",
    ),
    *(
        "${ ",
        " }",
        "{id}",
        "|\n",
        ">-\n",
        "? ",
        "# sdl\n",
        "# headwater\n",
        "---\n",
        "\ufeff",
        "\u2028",
    ),
    *(
        "type ",
        "extend ",
        "scalar ",
        "union ",
        "@deprecated",
        "implements ",
        "__class__",
        "1e999",
    ),
]


def seeds() -> Iterator[bytes]:
    """Every small file of the scenarios, and the first examples of the language."""
    for path in sorted((*SCENARIOS.rglob("*.yaml"), *SCENARIOS.rglob("*.graphql"))):
        text = path.read_bytes()
        if len(text) > _SMALL or ".test." in path.name:
            continue
        if path.suffix == ".graphql":
            text = b"# sdl\n" + text
        elif path.name == "headwater.yaml":
            text = b"# headwater\n" + text
        yield text


def try_one(data: bytes) -> None:
    """Nothing is raised, and each problem says where and what."""
    text = data.decode("utf-8", "replace")
    if text.startswith("# headwater"):
        problems, files = _deployed(text)
    else:
        is_sdl = text.startswith("# sdl")
        profiles = {"profiles/customer.yaml": PROFILE, FILE: text}
        sdl = {"schema/bank.graphql": text if is_sdl else SDL}
        if is_sdl:
            del profiles[FILE]
        files = {**profiles, **sdl}
        written = Written(profiles, sdl, {}, "profiles")
        problems = loader().examine(_deployment(), written, Problems()).problems
    assert len(problems) < _MOST_PROBLEMS, len(problems)
    for problem in problems:
        held(problem, files)


def held(problem: Problem, files: dict[str, str]) -> None:
    """It has a place that is there, and words for people."""
    span = problem.span
    text = files.get(span.file)
    assert text is not None or span.file == "headwater.yaml", f"no such file: {problem}"
    lines = len((text or HEADWATER).splitlines()) + 1
    assert 1 <= span.line <= lines, f"line {span.line} of {lines}: {problem}"
    assert span.column >= 1, str(problem)
    told = f"{problem.message} {problem.hint or ''}"
    assert problem.message
    for ours in ("object at 0x", "Traceback", "gateway.", "pydantic", "<class"):
        assert ours not in told or ours in (text or ""), told


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzzed-"))


@cache
def loader() -> Loader:
    """One for all inputs: it remembers what it compiled, as in life."""
    return Loader([], {}, open_nothing)


@cache
def _deployment() -> Deployment:
    config = _folder() / "headwater.yaml"
    config.write_text(HEADWATER)
    made = load_deployment([config], {}, problems := Problems())
    assert made is not None, problems.found
    return made


def _deployed(text: str) -> tuple[tuple[Problem, ...], dict[str, str]]:
    """The problems of a deployment file, and the files they may be in."""
    config = _folder() / "tried.yaml"
    config.write_text(text, "utf-8", newline="")
    problems = Problems()
    made = load_deployment([config], {"HOME": "/nowhere"}, problems)
    found = tuple(problems.found)
    if made is not None:
        sdl, profiles = {"schema/b.graphql": SDL}, {"profiles/c.yaml": PROFILE}
        written = Written(profiles, sdl, {}, "profiles")
        found = loader().examine(made, written, problems).problems
        return found, {**sdl, **profiles, str(config): text}
    return found, {str(config): text}
