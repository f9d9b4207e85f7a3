"""A file of flags says who gets what; what is wrong in it is told with its place."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.errors import Problems
from gateway.flags.model import Resolved, resolve
from gateway.flags.written import read_flags
from gateway.values import JsonValue

FILE = """\
{
  "fraud_v2": true,
  "greeting": {
    "default": "hello",
    "rules": [
      { "when": "request.tenant == 'acme'", "value": "moin" },
      { "when": "request.tenant == 'beta'", "share": "50%", "value": "servus" }
    ]
  }
}
"""


def _request(tenant: str | None, sub: str | None = None) -> Mapping[str, object]:
    return {"request": {"tenant": tenant, "claims": {"sub": sub} if sub else {}}}


@pytest.mark.parametrize(
    ("tenant", "sub", "value"),
    [
        ("acme", None, Resolved("moin", "TARGETING_MATCH")),
        ("other", None, Resolved("hello", "DEFAULT")),
        ("beta", None, Resolved("hello", "DEFAULT")),
        ("beta", "ada", Resolved("servus", "SPLIT")),
        ("beta", "eve", Resolved("hello", "DEFAULT")),
    ],
)
def test_the_first_rule_that_holds_says_the_value(
    tenant: str, sub: str | None, value: JsonValue
) -> None:
    """A share is of those who are known: nobody else is in it."""
    flags = read_flags(FILE, "flags.json", Problems())
    assert flags is not None
    assert resolve("greeting", flags["greeting"], _request(tenant, sub)) == value
    assert resolve("fraud_v2", flags["fraud_v2"], {}) == Resolved(True, "STATIC")


def test_a_share_is_of_about_so_many_and_the_same_ones_each_time() -> None:
    """By the flag's name too: who is first with one is not first with all."""
    text = (
        '{{"{}": {{"default": false, "rules": [{{"share": "20%", "value": true}}]}}}}'
    )
    on: dict[str, set[int]] = {}
    for name in ("a", "b"):
        flags = read_flags(text.format(name), "flags.json", Problems())
        assert flags is not None
        for _ in range(2):
            found = {
                n
                for n in range(1_000)
                if resolve(name, flags[name], _request(None, str(n))).value
            }
            assert on.setdefault(name, found) == found
    assert all(150 < len(found) < 250 for found in on.values())
    assert len(on["a"] & on["b"]) < 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{ "a": null }',
            (
                "flags.json:1:8: a flag is never null — write true or false, a number, "
                "a text or a map"
            ),
        ),
        (
            '{ "a": { "default": true, "rules": [{ "value": "on" }] } }',
            (
                "flags.json:1:48: flag 'a' is true or false by default, and a text "
                "here — use one type for a flag"
            ),
        ),
        (
            '{ "a": { "default": 1, "rule": [] } }',
            "flags.json:1:24: there is no key 'rule' here — did you mean 'rules'?",
        ),
        (
            '{ "a": { "default": 1, "rules": [{"when": "tenant", "value": 2}] } }',
            (
                "flags.json:1:43: 'tenant' cannot be read here — it may read 'request' "
                "and 'flags'"
            ),
        ),
        (
            '{ "a": { "default": 1, "rules": [{"when": "1 +", "value": 2}] } }',
            "flags.json:1:43: the expression ends too early",
        ),
        ("[1]", "flags.json:1:1: the file is not a map of keys — "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    """Nothing of a file is believed where something of it is wrong."""
    problems = Problems()
    assert read_flags(text, "flags.json", problems) is None
    assert [str(problem)[: len(said)] for problem in problems.found] == [said]
