"""How much a document may ask for, decided before anything goes through its fields."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from itertools import count as count_from

import pytest
from graphql import build_schema, parse

from gateway.errors import Code
from gateway.policy.given import beyond, too_large
from gateway.policy.limits import LimitError, Limits
from gateway.policy.measures import aliases_of, directives_of, fields_of, roots_of
from gateway.request.document import (
    Document,
    InvalidDocumentError,
    read_document,
)
from gateway.request.patience import Patience, validated
from gateway.request.selection import select

SCHEMA = build_schema("type Query { a(of: [[Int]]): A } type A { a: A n: Int }")
LEVELS = 14


def doubling(levels: int) -> str:
    """Half a kilobyte that selects a field more than two to the power of levels."""
    fragments = "".join(
        f"fragment F{n} on A {{ x: a {{ ...F{n + 1} }} y: a {{ ...F{n + 1} }} }} "
        for n in range(levels)
    )
    return f"{{ a {{ ...F0 }} }} {fragments} fragment F{levels} on A {{ n }}"


def count(text: str) -> int:
    limits = Limits(fields=10**9, aliases=10**9, planning=60)  # however slow we are
    document = read_document(text, SCHEMA, limits, "x")
    return fields_of(document.operations[None], document.fragments)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ a { n } }", 2),
        ("{ a { n m: n ... { n } } }", 4),
        ("{ a { ...F ...F } } fragment F on A { n a { n } }", 7),
        (doubling(3), 1 + (2 + 4 + 8) + 8),
    ],
)
def test_fields_count_as_often_as_fragments_bring_them_in(
    text: str, fields: int
) -> None:
    """A fragment costs where it is spread, not where it is written."""
    assert count(text) == fields


def test_few_fragments_that_select_very_much_are_refused() -> None:
    """Selecting and planning would take for ever; counting takes what is written."""
    with pytest.raises(LimitError) as refused:
        read_document(doubling(LEVELS - 1), SCHEMA, Limits(), "x")
    assert refused.value.code is Code.MAX_FIELDS_LIMIT
    assert str(refused.value) == (
        "The operation selects 24,575 fields; 'limits.fields' allows 10,000."
    )


def test_what_is_large_and_honest_is_read() -> None:
    """Thousands of fields are somebody's report."""
    text = "{ a { " + " ".join(f"n{n}: n" for n in range(3_000)) + " } }"
    assert count(text) == 3_001
    limits = Limits(aliases=5_000, planning=60)
    assert read_document(text, SCHEMA, limits, "x").digest == "x"


def refused(text: str, **limits: int) -> tuple[str, str, float]:
    with pytest.raises(LimitError) as error:
        read_document(text, SCHEMA, Limits(**limits), "x")
    return error.value.code, error.value.message, error.value.excess.found


FRAGMENT = (
    "fragment F on Query { x: a { n @skip(if: $s) } ... @skip(if: $s) { a { n } } }"
)


def test_aliases_and_directives_count_as_often_as_fragments_bring_them_in() -> None:
    """Root fields are the keys of the answer: the same one twice is one."""
    text = "query ($s: Boolean!) { ...F ...F y: a { n } } " + FRAGMENT
    document = read_document(text, SCHEMA, Limits(), "x")
    whole = document.operations[None], document.fragments
    assert (aliases_of(*whole), directives_of(*whole), roots_of(*whole)) == (3, 4, 3)


@pytest.mark.parametrize(
    ("text", "limit", "code", "what"),
    [
        ("{ a { a { n } } }", "depth", "MAX_DEPTH_LIMIT", "nests fields 3 levels deep"),
        ("{ a { n m: n o: n } }", "aliases", "MAX_ALIASES_LIMIT", "has 2 aliases"),
        ("{ a { n } b: a { n } }", "roots", "MAX_ROOT_FIELDS_LIMIT", "selects 2 root"),
        (
            "{ a { n @skip(if: false) @include(if: true) } }",
            "directives",
            "MAX_DIRECTIVES_LIMIT",
            "has 2 directives",
        ),
        (
            "{ a(of: [[1, 2]]) { n } }",
            "list",
            "MAX_LIST_LIMIT",
            "has a list of 2 items",
        ),
    ],
)
def test_each_limit_says_what_it_is_what_was_found_and_what_to_change(
    text: str, limit: str, code: str, what: str
) -> None:
    """With a code of its own; at the limit itself nothing is refused."""
    found_code, message, found = refused(text, **{limit: 1 + (limit == "depth")})
    assert (found_code, what in message) == (code, True)
    assert f"'limits.{limit}' allows" in message
    assert read_document(text, SCHEMA, Limits(**{limit: int(found)}), "x")


def test_a_document_of_too_many_tokens_is_not_read_to_its_end() -> None:
    """So how many there are is not known."""
    assert refused("{ a { n n n } }", tokens=5) == (
        Code.MAX_TOKENS_LIMIT,
        "The document has more than 5 tokens; 'limits.tokens' allows 5.",
        5,
    )


def test_a_limit_that_only_warns_is_noted_and_nothing_is_refused() -> None:
    """Each by itself, and the others are held."""
    limits = Limits(tokens=3, depth=1, aliases=1, warn=frozenset({"tokens", "depth"}))
    document: Document = read_document("{ a { n } }", SCHEMA, limits, "x")
    assert [(e.limit, e.found, e.most) for e in document.excesses] == [
        ("tokens", 6, 3),
        ("depth", 2, 1),
    ]
    with pytest.raises(LimitError, match="has 2 aliases"):
        read_document("{ a { x: n y: n } }", SCHEMA, limits, "x")


def test_what_nobody_can_count_is_not_spelt_out() -> None:
    """A thousand fragments in each other are a number of three hundred digits."""
    assert refused(doubling(40))[1] == (
        "The operation nests fields 42 levels deep; 'limits.depth' allows 15."
    )
    assert refused(doubling(40), depth=1_000)[1] == (
        "The operation selects more than 1,000,000,000 fields;"
        " 'limits.fields' allows 10,000."
    )


def test_a_document_that_is_slow_to_prove_valid_is_given_up() -> None:
    """By the processor's time, also where one rule works for long at one node."""
    text = "{ a { " + "a { n } " * 300 + "} }"
    node = parse(text)
    assert validated(SCHEMA, node, 1.0, lambda: 0.0) == []
    ticks = count_from(0)
    with pytest.raises(LimitError) as error:
        validated(SCHEMA, node, 2_000, lambda: next(ticks))
    assert error.value.code == "PLANNING_TIME_LIMIT"
    assert "takes too long to be read; 'limits.planning' allows" in str(error.value)


@pytest.mark.parametrize("collects", [True, False])
def test_a_look_for_garbage_is_not_the_documents_time(*, collects: bool) -> None:
    """It takes half a second where much is kept; whatever else takes long, counts.

    ``spent`` stands still but for its third look: two seconds pass there.
    """
    time, looks = [0.0], count_from(0)

    def passing(phase: str, _about: Mapping[str, int]) -> None:
        if phase == "stop":
            time[0] += 2.0

    def spent() -> float:
        if next(looks) == 2:
            if collects:
                gc.collect()
            else:
                time[0] += 2.0
        return time[0]

    gc.disable()  # Python looks when it is told to, and at no other time
    gc.callbacks.append(passing)
    try:
        node = parse("{ a { n } }")
        if collects:
            assert validated(SCHEMA, node, 1.0, spent) == []
        else:
            with pytest.raises(LimitError):
                validated(SCHEMA, node, 1.0, spent)
    finally:
        gc.callbacks.remove(passing)
        gc.enable()
    assert time[0] >= 2.0


def test_a_rule_that_works_for_long_at_one_node_looks_at_the_clock_there() -> None:
    """More often than there are nodes; graphql-core still counts what it compares."""
    looked, text = count_from(0), "{ a { " + "a { n } " * 200 + "} }"
    validated(SCHEMA, parse(text), 1e9, lambda: next(looked))
    nodes = 2 * 2 + 200 * 6 + 10
    assert next(looked) > 2 * nodes


def test_a_rule_that_quotes_all_it_is_in_looks_at_the_clock_for_each_error() -> None:
    """A thousand wrong fields of one value are a thousand times its text."""
    looked = count_from(0)
    wrong = " ".join(f"x{n}: 1" for n in range(60))
    errors = validated(
        INPUTS, parse(f"{{ a(of: {{ {wrong} }}) }}"), 1e9, looked.__next__
    )
    assert len(errors) == 60
    nodes = 8 + 3 * 60
    assert next(looked) > nodes + 55


INPUTS = build_schema("type Query { a(of: In): Int } input In { y: Int }")


@pytest.mark.parametrize(("count", "suggests"), [(5, True), (6, False)])
def test_names_are_suggested_where_few_are_wrong(count: int, *, suggests: bool) -> None:
    """Each takes as long as there are names to be near; more cost too much."""
    text = " ".join(f"a{n}: b" for n in range(count))
    told = [error.message for error in validated(SCHEMA, parse(f"{{ {text} }}"), 1e9)]
    assert len(told) == count
    assert all(("Did you mean 'a'" in one) is suggests for one in told)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"a": "x" * 10_000}, []),
        ({"a": [1, 2, 3]}, []),
        ({"a": [1, 2, 3, 4]}, [("list", 4)]),
        ({"a": {"b": [{"c": [1] * 5}]}}, [("list", 5), ("nesting", 4)]),
        ({"a": [[[[]]]]}, [("nesting", 4)]),
    ],
)
def test_values_of_variables_are_measured(
    given: dict[str, object], found: list[tuple[str, int]]
) -> None:
    """Lists wherever they are, and levels; a text is as long as the body lets it."""
    limits = Limits(list=3, nesting=3)
    assert [(e.limit, e.found) for e in beyond(given, limits)] == found


def test_all_variables_together_may_have_a_size() -> None:
    """As JSON, without spaces: `{"a":"xxx"}` has eleven bytes."""
    excess = too_large({"a": "xxx"}, 10)
    assert excess is not None
    assert excess.message == (
        "The variables have 11 bytes; 'limits.variables' allows 10."
    )
    assert too_large({"a": "xxx"}, 11) is None


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { name } } }",
        '{ a { n } x: __type(name: "A") { name } }',
        "query B { ...F } fragment F on Query { __schema { types { name } } }",
        "{ ... @skip(if: true) { __schema { description } } }",
    ],
)
def test_where_introspection_is_off_the_schema_is_not_asked_for(text: str) -> None:
    """Wherever in the document it stands; it is told of with its place."""
    assert read_document(text, SCHEMA, Limits(), "x")
    with pytest.raises(InvalidDocumentError) as refused:
        read_document(text, SCHEMA, Limits(introspection=False), "x")
    assert refused.value.code is Code.INTROSPECTION_DISABLED
    assert str(refused.value) == "Introspection is off here ('limits.introspection')."
    assert all(one.locations for one in refused.value.errors)


def test_where_introspection_is_off_a_type_still_has_a_name() -> None:
    """Clients keep what they have got by it."""
    text = "{ __typename a { __typename n } }"
    assert read_document(text, SCHEMA, Limits(introspection=False), "x")


def test_types_that_hold_each_other_are_not_selected_without_end() -> None:
    """Below an abstract type a field is there once for each type, at each level."""
    kinds = ("Wheel", "Screw", "Bolt")
    schema = build_schema(
        "type Query { part: Part } interface Part { it: [Part] name: String }"
        + "".join(
            f" type {kind} implements Part {{ it: [Part] name: String }}"
            for kind in kinds
        )
    )
    text = "name"
    for _ in range(13):
        text = f"it {{ {text} }}"
    document = read_document(f"{{ part {{ {text} }} }}", schema, Limits(), "x")
    patience = Patience(0.05, "planned")
    with patience as left, pytest.raises(LimitError) as refused:
        select(schema, document, document.operations[None], {}, left.check)
    assert refused.value.code is Code.PLANNING_TIME_LIMIT
