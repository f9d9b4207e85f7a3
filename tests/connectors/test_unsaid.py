"""What a system says of a value, without the value."""

from __future__ import annotations

import pytest

from gateway.connectors.unsaid import LONGEST, without_inputs

ASKED = {"who": "Ada Lindqvist", "at": ["ada@bank.test", {"n": 42, "on": True}], "x": 1}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no account of Ada Lindqvist here", "no account of *** here"),
        ("account 42 is closed, 421 is not", "account *** is closed, 421 is not"),
        ("True is no answer", "True is no answer"),
        ('unknown field "name"', 'unknown field "name"'),
        ("unknown field 'iban'", "unknown field ***"),
        ('she said "it\\"s mine" twice', "she said *** twice"),
        ("mail bo@bank.test or call", "mail *** or call"),
        ("card 4111 1111 1111 1111", "card *** *** *** ***"),
        ("id 6f1c2b1e-0a9f-4f2b-9d55-0123456789ab gone", "id *** gone"),
        ("on 2026-11-23T10:00:00Z at IE29AIBK93115212345678", "on *** at ***"),
        ("GET http://hw:pw@core/a?token=abc", "GET ***"),
        ("status 503 after 2 tries", "status 503 after 2 tries"),
        ("a\r\nb\x1b[31mc\u2028d", "a b [31mc d"),
    ],
)
def test_a_sentence_is_told_without_what_was_asked(said: str, told: str) -> None:
    """Nor what looks like data; names of the API stay, and small numbers."""
    assert without_inputs(said, ASKED, {"name"}) == told


def test_a_long_one_is_cut_and_takes_no_time() -> None:
    """Whatever it is made of."""
    for piece in ("'", '"a', "4", "a@", "1.", "`\\", "://:", "Ada Lindqvist "):
        assert len(without_inputs(piece * 1_000_000, ASKED)) <= LONGEST


def test_many_inputs_are_looked_for_as_one() -> None:
    """A list of keys as long as it may be."""
    keys = [f"key-{number}" for number in range(50_000)]
    assert without_inputs("no key-17", keys) == "no ***"
