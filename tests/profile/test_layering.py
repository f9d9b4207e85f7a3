"""A variant over its base: what merges, what is replaced, what goes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Problems
from gateway.importing.yaml_text import document
from gateway.profile.layering import layered
from gateway.profile.source import Document, read

BASE = """\
language: 1
operation: overview
null_if: account == null
args: { id: ID!, channel: String }
fields: { Overview.risk: account.risk }
steps:
  - name: account
    endpoint: /accounts/{id}
    headers: { a: one, b: two }
    retry: { attempts: 2, errors: [timeout] }
    on_status: { 404: null }
  - { name: fraud, endpoint: "/fraud/{id}" }
  - { name: offers, endpoint: "/offers/{id}" }
"""


def tree(text: str, file: str = "v.yaml") -> Document:
    problems = Problems()
    made = read(text, file, problems)
    assert made is not None
    assert problems.found == []
    return made


def merged(variant: str, base: str = BASE) -> tuple[Document, list[str]]:
    problems = Problems()
    over = tree(f"language: 1\nextends: overview\n{variant}")
    made = layered(tree(base, "base.yaml"), over, problems)
    return made, [str(problem) for problem in problems.found]


def names(made: Document) -> list[str]:
    steps: Any = made.data["steps"]
    return [step["name"] for step in steps]


def test_maps_merge_by_key_and_lists_are_replaced() -> None:
    """At any depth; null is a value like any other."""
    made, wrong = merged(
        "steps:\n- { name: account, headers: { b: null, c: x }, "
        "retry: { errors: [connect] } }\n"
    )
    assert wrong == []
    assert made.data["steps"][0] == {  # type: ignore[index,call-overload]
        "name": "account",
        "endpoint": "/accounts/{id}",
        "headers": {"a": "one", "b": None, "c": "x"},
        "retry": {"attempts": 2, "errors": ["connect"]},
        "on_status": {"404": None},
    }


def test_steps_keep_the_order_of_the_base_and_new_ones_come_after() -> None:
    """Whatever order the variant names them in."""
    made, _ = merged("steps: [{ name: x }, { name: offers, a: 1 }, { name: account }]")
    assert names(made) == ["account", "fraud", "offers", "x"]


def test_what_a_variant_says_of_itself_is_not_handed_on() -> None:
    """Nor does it change what the base decides for all."""
    made, _ = merged("match: { tenant: [a] }\npriority: 3\nprofile: mine\n")
    assert made.data.keys() == {*tree(BASE).data, "profile"}
    again, _ = merged("kind: mutation\noperation: x\n")
    assert again.data == tree(BASE).data


def test_steps_keys_of_steps_and_keys_of_the_profile_can_be_removed() -> None:
    """By names with dots; a coordinate in `fields` has dots itself."""
    made, wrong = merged(
        "remove: [fraud, account.on_status, account.headers.a, null_if,"
        " fields.Overview.risk, args.channel]\n"
    )
    assert wrong == []
    assert names(made) == ["account", "offers"]
    account: Any = made.data["steps"][0]  # type: ignore[index,call-overload]
    assert account.keys() == {"name", "endpoint", "headers", "retry"}
    assert account["headers"] == {"b": "two"}
    assert made.data["fields"] == {}
    assert made.data["args"] == {"id": "ID!"}
    assert "null_if" not in made.data


def test_a_step_that_is_removed_and_written_again_is_written_anew() -> None:
    """Nothing of the base's is left in it."""
    made, wrong = merged("remove: [fraud]\nsteps: [{ name: fraud, type: mock }]\n")
    assert wrong == []
    assert made.data["steps"][2] == {"name": "fraud", "type": "mock"}  # type: ignore[index,call-overload]


def test_to_remove_what_is_not_there_is_told_at_its_place() -> None:
    """With what may have been meant; what makes a profile cannot be removed."""
    _, wrong = merged(
        "remove: [froud, account.hedge, account.name, operation, steps]\n"
    )
    assert wrong == [
        "v.yaml:3:10: the base has no 'froud' to remove — did you mean 'fraud'?",
        (
            "v.yaml:3:17: the base has no 'account.hedge' to remove — did you mean "
            "'headers'?"
        ),
        (
            "v.yaml:3:32: 'account.name' cannot be removed — remove steps, keys of "
            "steps, or other keys of the profile"
        ),
        (
            "v.yaml:3:46: 'operation' cannot be removed — remove steps, keys of "
            "steps, or other keys of the profile"
        ),
        (
            "v.yaml:3:57: 'steps' cannot be removed — remove steps, keys of steps, or "
            "other keys of the profile"
        ),
    ]


def test_every_key_remembers_the_file_and_line_that_it_is_from() -> None:
    """Through a chain of variants, whichever of them wrote it."""
    problems = Problems()
    first = layered(
        tree(BASE, "base.yaml"),
        tree("extends: overview\nsteps:\n- { name: account, timeout: 1s }\n", "a.yaml"),
        problems,
    )
    made = layered(
        first,
        tree("extends: a\nsteps:\n- name: account\n  source: core\n", "b.yaml"),
        problems,
    )
    found = {
        key: str(made.span(("steps", 0, key), key=True))
        for key in ("endpoint", "timeout", "source")
    }
    assert found == {
        "endpoint": "base.yaml:8:5",
        "timeout": "a.yaml:3:20",
        "source": "b.yaml:4:3",
    }
    assert str(made.span(("null_if",))) == "base.yaml:3:10"
    assert made.text_of("base.yaml") == BASE


WORDS = st.sampled_from(["a", "b", "c", "d"])
MAPS = st.sampled_from(["fields", "args"])
VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.text("xyz", min_size=1, max_size=2),
    lambda below: (
        st.lists(below, max_size=2) | st.dictionaries(WORDS, below, max_size=2)
    ),
    max_leaves=5,
)


@st.composite
def profiles(draw: st.DrawFn, head: str) -> dict[str, Any]:
    steps = draw(st.lists(WORDS, unique=True, min_size=1, max_size=4))
    keys = st.dictionaries(st.sampled_from(["k", "l", "m"]), VALUES, max_size=3)
    return {
        head: "overview",
        **draw(
            st.dictionaries(st.sampled_from(["fields", "args"]), VALUES, max_size=2)
        ),
        "steps": [{"name": name, **draw(keys)} for name in steps],
    }


@settings(max_examples=60, deadline=None)
@given(base=profiles("operation"), variant=profiles("extends"), data=st.data())
def test_the_laws_of_the_merge(
    base: dict[str, Any], variant: dict[str, Any], data: st.DataObject
) -> None:
    """The base is left as it is; order is kept; what is removed is gone."""
    gone = data.draw(st.sets(st.sampled_from([s["name"] for s in base["steps"]])))
    below = tree(document(base), "base.yaml")
    before = document(below.data)  # type: ignore[arg-type]
    problems = Problems()
    over = tree(document({**variant, "remove": sorted(gone)}), "v.yaml")
    made = layered(below, over, problems)
    assert problems.found == []
    assert document(below.data) == before  # type: ignore[arg-type]
    kept = [s["name"] for s in base["steps"] if s["name"] not in gone]
    added = [s["name"] for s in variant["steps"] if s["name"] not in kept]
    assert names(made) == [*kept, *added]
    written = {s["name"]: s for s in variant["steps"]}
    for step in made.data["steps"]:  # type: ignore[union-attr]
        own = written.get(step["name"], {})  # type: ignore[index,call-overload,arg-type]
        for key, value in own.items():
            if not isinstance(value, dict):
                assert step[key] == value  # type: ignore[index,call-overload]
    empty = layered(below, tree("extends: overview\n"), problems)
    assert empty.data == below.data
