"""Pseudonyms, and what of a recording is replaced by them."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.errors import PartError
from gateway.recording.blurring import Blurring, Hiding
from gateway.recording.pseudonyms import Pseudonyms
from gateway.recording.spelling import line, plain, read

KEY = b"a key of thirty-two bytes, or so"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ada Moe", r"[A-Z][a-z]{2} [A-Z][a-z]{2}"),
        ("ada@example.org", r"[a-z]{3}@[a-z]{7}\.[a-z]{3}"),
        ("DE44 5001", r"[A-Z]{2}\d{2} \d{4}"),
        ("2019-02-28", r"[12]\d{3}-[01]\d-[0-3]\d"),
        ("2019-02-28T10:00:00Z", r"[12]\d{3}-[01]\d-[0-3]\dT10:00:00Z"),
        ("9f1c2d3e-0000-4abc-8def-0123456789ab", r"[0-9a-f-]{36}"),
        ("-12.50", r"-[1-9]\d\.\d[1-9]"),
        ("2147483647", r"[12]\d{9}"),
        ("Å", r"[A-Z]"),
    ],
)
def test_a_pseudonym_has_the_form_of_its_value(text: str, form: str) -> None:
    """So that what reads, joins and checks it goes on to do so."""
    made = Pseudonyms(KEY).text(text)
    assert re.fullmatch(form, made)
    assert made != text
    assert Pseudonyms(KEY).text(text) == made


def test_a_value_and_its_text_have_one_pseudonym() -> None:
    """A path has the text of the number that a body has; what says nothing stays."""
    made = Pseudonyms(KEY)
    assert str(made.of(4217)) == made.of("4217")
    assert str(made.of(Decimal("12.75"))) == made.of("12.75")
    same = [True, None, "***", "", 0]
    assert [made.of(one) for one in same] == same


def test_two_values_never_have_one_pseudonym() -> None:
    """Or what is joined by them would be joined wrongly."""
    made = Pseudonyms(KEY)
    numbers = [f"{n:03}" for n in range(1, 400)]
    assert len({made.text(one) for one in numbers}) == len(numbers)


def blurred(value: object, hiding: Hiding) -> object:
    """A value after its hidden ones were found in it."""
    made = Blurring(hiding, Pseudonyms(KEY))
    made.find(value)
    made.ready()
    return made.blurred(value)


WORDS = some.text("abcdefghijklmnopqrstuvwxyzåñ0123456789@.- ", min_size=8, max_size=20)
SECRETS = WORDS.filter(lambda text: sum(map(str.isalpha, text)) > 4)
BODIES = some.recursive(
    some.none() | some.booleans() | some.integers() | WORDS,
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(["a", "b", "x-y"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(SECRETS, some.integers(10**9, 10**15), BODIES)
def test_no_hidden_value_is_left_in_the_bytes(
    text: str, number: int, body: object
) -> None:
    """Neither where it stands, nor in texts, lists, addresses, nor as another type."""
    value = {
        "mail": text,
        "account": {"numbers": [number]},
        "body": body,
        "note": f"about {text}, {number}",
        "url": f"/by/{quote(text, safe='')}/{number}",
        "list": [text, str(number), {"again": number}],
        "by": {text: 1},
    }
    written = line(blurred(value, Hiding(frozenset({"mail", "numbers"})))).decode()
    assert str(number) not in written
    assert text not in written
    assert quote(text, safe="") not in written


def test_what_is_not_hidden_stays_as_it_is() -> None:
    """A short value is no part of a longer one, and one character is anything."""
    value = {"age": 42, "kind": "A", "text": "1420 A 42", "n": 42, "url": "/v1/42/A"}
    made = blurred(value, Hiding(frozenset({"age", "kind"})))
    assert isinstance(made, dict)
    age = made["age"]
    assert age != 42
    assert (made["text"], made["n"]) == (f"1420 A {age}", age)
    assert made["url"] == f"/v1/{age}/A"


def test_secrets_are_hidden_by_their_names() -> None:
    """However they are spelled, and whatever is below them."""
    value = {
        "apiKey": "abcdefgh",
        "Set-Cookie": ["ijklmnop"],
        "x": {"PASSWORD": {"v": "qrstuvwx"}},
    }
    written = line(blurred(value, Hiding())).decode()
    hidden = ("abcdefgh", "ijklmnop", "qrstuvwx")
    assert [one for one in hidden if one in written] == []


def test_a_path_hides_where_it_leads_alone() -> None:
    """`customer.iban` is no other's `iban`."""
    value = {"customer": [{"iban": "DE440001"}], "bank": {"iban": "XX000000"}}
    made = blurred(value, Hiding(paths=frozenset({("customer", "iban")})))
    assert isinstance(made, dict)
    assert made["bank"] == value["bank"]
    assert made["customer"][0]["iban"] != "DE440001"


def test_literals_of_a_document_are_hidden() -> None:
    """Those of hidden arguments, and what is hidden elsewhere; names never are."""
    made = Blurring(Hiding(frozenset({"mail"})), Pseudonyms(KEY))
    document = '{ c(mail: "Ada.Moe@x.org", age: 4217, city: "Oslo") { mail age } }'
    made.find_in_document(document)
    made.hide(4217)
    made.ready()
    got = made.document(document)
    assert "Ada" not in got
    assert "4217" not in got
    assert got.endswith('city: "Oslo") { mail age } }')


@settings(max_examples=50, deadline=None)
@given(
    some.dictionaries(
        some.text(max_size=5),
        some.decimals(allow_nan=False, allow_infinity=False)
        | some.dates()
        | some.datetimes()
        | some.binary(max_size=4)
        | some.floats(allow_nan=False, allow_infinity=False)
        | some.text(),
        max_size=4,
    )
)
def test_what_is_written_reads_as_it_was(value: dict[str, object]) -> None:
    """Exact numbers and times too."""
    assert read(plain(value)) == value


def test_a_missing_part_stays_one() -> None:
    """By its words and its step."""
    part = read(plain([PartError("Gone.", "city")]))
    assert isinstance(part, list)
    assert (part[0].message, part[0].step) == ("Gone.", "city")


@pytest.mark.parametrize("odd", ["nonsense", 1, "decimal"])
def test_a_mark_that_nobody_knows_is_no_recording(odd: object) -> None:
    """It is told, and nothing is made up."""
    with pytest.raises(ValueError, match=r"."):
        read({"$headwater": odd, "is": "x"})


def test_a_word_of_an_enum_becomes_another_word_of_it() -> None:
    """Or no schema could read it; of two words each stands for the other."""
    words = ("ACTIVE", "CLOSED", "FROZEN")
    made = Pseudonyms(KEY, enums=(words, ("YES", "NO")))
    assert sorted(map(made.text, words)) == sorted(words)
    assert [one for one in words if made.text(one) == one] == []
    assert [made.text("YES"), made.text("NO")] == ["NO", "YES"]
