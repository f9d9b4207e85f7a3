"""The JSON Schemas that editors use accept every right example of the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest

from gateway.connectors.registry import step_types
from gateway.deployment import json_schema as deployment_schema
from gateway.errors import Problems
from gateway.profile.document import json_schema as profile_schema
from gateway.profile.source import read
from tests.house.test_docs_examples import EXAMPLES
from tests.json_schema import Draft202012Validator


@cache
def _profiles() -> Draft202012Validator:
    options = {name: type_.options for name, type_ in step_types().items()}
    return Draft202012Validator(profile_schema(options))


@cache
def _deployments() -> Draft202012Validator:
    return Draft202012Validator(deployment_schema())


def _right() -> Iterator[tuple[str, str]]:
    for example in EXAMPLES:
        for name, text in {} if example.wrong else example.files.items():
            if name.startswith("data/") or name in _OTHERS:
                continue  # what sources read, not what the gateway is made of
            if name.endswith(".yaml") and not name.endswith(".test.yaml"):
                yield f"{example.title}, {name}", text


_OTHERS = ("flags.yaml", "keys.yaml", "rules.yaml")
"""Files of their own form, which other tests read."""

FILES: Mapping[str, str] = dict(_right())


@pytest.mark.parametrize("title", FILES)
def test_an_example_is_valid_for_editors_too(title: str) -> None:
    """What the gateway loads, no editor underlines."""
    document = read(FILES[title], title, Problems())
    assert document is not None
    deployment = title.endswith("headwater.yaml")
    validator = _deployments() if deployment else _profiles()
    found = [error.message for error in validator.iter_errors(document.data)]
    assert found == []


@pytest.mark.parametrize(
    ("validator", "wrong"),
    [
        (_profiles, {"language": 1, "operation": "a", "stepz": []}),
        (_profiles, {"operation": "a", "steps": [{"name": "b", "endpiont": "/"}]}),
        (_deployments, {"sauces": {}}),
    ],
)
def test_a_mistake_is_underlined(
    validator: Callable[[], Draft202012Validator], wrong: object
) -> None:
    """The schemas are as strict as the gateway."""
    assert not validator().is_valid(wrong)
