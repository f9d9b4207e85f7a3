"""Profile files → models, or every problem with its place and its fix."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connectors.options import STEP_OPTIONS, RestOptions, SqlOptions
from gateway.errors import Problems
from gateway.profile.document import (
    EntityDocument,
    FileDocument,
    FragmentDocument,
    ProfileDocument,
    StaleRung,
    ValueRung,
    VariantDocument,
    json_schema,
    load_document,
)
from gateway.profile.document.types import StepTypes
from gateway.profile.source import read
from gateway.units import Rate
from gateway.values import JsonValue
from tests.json_schema import Draft202012Validator

EXAMPLES = Path(__file__).parent / "examples"


@cache
def _schema() -> Mapping[str, JsonValue]:
    return json_schema(STEP_OPTIONS)


def loading(text: str) -> tuple[FileDocument | None, list[str]]:
    problems = Problems()
    document = read(text, "p.yaml", problems)
    made = load_document(document, problems, STEP_OPTIONS) if document else None
    return made, [str(each) for each in problems.found]


def example(name: str) -> FileDocument:
    made, problems = loading((EXAMPLES / f"{name}.yaml").read_text())
    assert problems == []
    assert made is not None
    return made


def wrong(text: str) -> list[str]:
    made, problems = loading(text)
    assert made is None
    return problems


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_example_loads_and_fits_the_json_schema(path: Path) -> None:
    """The language as it is documented is the language that is read."""
    example(path.stem)
    document = read(path.read_text(), path.name, Problems())
    assert document is not None
    errors = Draft202012Validator(_schema()).iter_errors(document.data)
    assert [error.message for error in errors] == []


def test_the_json_schema_is_one() -> None:
    """What editors are given is a right schema itself."""
    Draft202012Validator.check_schema(_schema())


def test_the_paper_profile_is_read_verbatim() -> None:
    """Without `language` a file is in paper mode; `timeout_ms` is a timeout."""
    made = example("paper")
    assert isinstance(made, ProfileDocument)
    assert made.paper
    assert made.operation == "customer360"
    assert [(s.name, s.type, s.timeout) for s in made.steps] == [
        ("accountService", "api", 0.5),
        ("transactionService", "api", 0.8),
        ("fraudSignals", "api", 0.4),
        ("riskProfile", "warehouse", 1.2),
    ]
    first, *_, last = made.steps
    assert isinstance(first, RestOptions)
    assert (first.method, first.endpoint) == ("GET", "/accounts/{customer_id}")
    assert isinstance(last, SqlOptions)
    assert last.query.endswith("WHERE customer_id = ?")
    assert made.aggregation.strategy == "merge"
    assert made.aggregation.required_steps == ("accountService", "transactionService")


def test_a_full_profile_keeps_every_value() -> None:
    """Quantities are numbers; unset keys are told apart from null ones."""
    made = example("full")
    assert isinstance(made, ProfileDocument)
    assert not made.paper
    assert made.deadline == 1.5
    assert made.args == {"customer_id": "ID!", "channel": 'String = "web"'}
    assert made.defaults.timeout == 0.5
    assert made.defaults.retry is not None
    assert made.defaults.retry.errors == ("timeout", "connect", "5xx")
    by_name = {step.name: step for step in made.steps}
    account = by_name["account"]
    assert isinstance(account, RestOptions)
    assert (account.role, account.on_status) == ("required", {404: None})
    assert by_name["fraud"].on_skip == []
    assert "on_skip" in by_name["fraud"].model_fields_set
    assert "on_skip" not in account.model_fields_set
    assert by_name["risk"].fallback == (
        "riskCached",
        StaleRung.model_validate({"stale": "10m"}),
        ValueRung(value={"score": None, "segment": "UNKNOWN"}),
    )
    assert made.fields == {
        "Customer360.riskScore": "risk.score",
        "Account.openedOn": "self.open_dt",
    }


def test_every_key_of_a_step_is_read() -> None:
    """Keys of later versions are checked too."""
    made = example("every_key")
    assert isinstance(made, ProfileDocument)
    one, two, _, _, five = made.steps
    written = set(type(one).model_fields) - {"timeout_ms"}
    assert one.model_fields_set == written
    assert (one.timeout, one.cost) == (2.0, 2.5)
    assert one.retry is not None
    assert one.retry.errors == ("timeout", "connect", "reset", "5xx", "429")
    assert one.retry.if_ == "response.status == 409"
    assert one.retry.with_ == {"query": {"size": 10}}
    assert one.escalate is not None
    assert one.escalate.after == Rate(5, 60.0)
    assert one.hedge is not None
    assert one.hedge.after == "p95"
    assert made.defaults.hedge is not None
    assert made.defaults.hedge.after == 0.02
    assert one.batch is not None
    assert (one.batch.by, one.batch.window) == ("id", 0.002)
    assert five.batch is not None
    assert five.batch.by == {"party_id": "p"}
    assert two.timeout == 0.02
    assert made.aggregation.on_conflict == ("one", "two")


def test_an_entity_file_is_known_by_its_key() -> None:
    """`entity` makes it one; a single key is a list of one."""
    made = example("entity")
    assert isinstance(made, EntityDocument)
    assert (made.entity, made.key) == ("Account", (("id",),))
    assert made.steps[1].provides == ("iban", "openedAt", "currency")


def test_a_fragment_is_known_by_its_key() -> None:
    """`fragment` makes it one."""
    made = example("fragment")
    assert isinstance(made, FragmentDocument)
    assert made.fragment == "shared/party"


def test_a_variant_may_change_a_step_without_repeating_it() -> None:
    """A changed step needs its name only; its type is guessed from its keys."""
    made = example("variant")
    assert isinstance(made, VariantDocument)
    assert made.remove == ("fraud", "account.on_status", "risk.cache")
    text = "extends: c360\nsteps:\n  - { name: a, timeout: 1s }\n"
    changed, problems = loading(text + "  - { name: b, query: SELECT 1 }\n")
    assert problems == []
    assert changed is not None
    assert [step.type for step in changed.steps] == ["api", "warehouse"]
    assert changed.steps[0].model_fields_set == {"name", "timeout"}


def step(keys: str) -> str:
    return f"operation: o\nsteps:\n  - name: a\n    {keys}\n"


TYPES = ", ".join(STEP_OPTIONS)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            "endpoint: /x\n    timout: 1s",
            "p.yaml:5:5: there is no key 'timout' here — did you mean 'timeout'?",
        ),
        (
            "endpoint: /x\n    params: {}",
            (
                "p.yaml:5:5: there is no key 'params' here — "
                "'params' belongs to type warehouse"
            ),
        ),
        (
            "type: sql\n    query: SELECT 1\n    endpoint: /x",
            (
                "p.yaml:6:5: there is no key 'endpoint' here — 'endpoint' belongs to "
                "type api and stream"
            ),
        ),
        (
            "role: required",
            "p.yaml:3:5: the key 'endpoint' is missing — add 'endpoint: ...'",
        ),
        (
            "type: wharehouse",
            (
                "p.yaml:4:11: there is no step type 'wharehouse' — "
                "did you mean 'warehouse'?"
            ),
        ),
        (
            "type: soap",
            f"p.yaml:4:11: there is no step type 'soap' — the types are {TYPES}",
        ),
        (
            "type: 5",
            (
                "p.yaml:4:11: there is no step type 'the number 5' — "
                f"the types are {TYPES}"
            ),
        ),
        (
            "endpoint: /x\n    timeout: 500",
            "p.yaml:5:14: a duration needs a unit — write 500ms",
        ),
        (
            "endpoint: /x\n    timeout: 0s",
            "p.yaml:5:14: a duration must be longer than nothing — write 500ms",
        ),
        (
            "endpoint: /x\n    timeout_ms: 0",
            "p.yaml:5:17: a timeout must be longer than nothing — write 500",
        ),
        (
            "endpoint: /x\n    timeout: 1s\n    timeout_ms: 5",
            (
                "p.yaml:6:5: 'timeout' and 'timeout_ms' say the same thing twice — "
                "remove one of them"
            ),
        ),
        (
            "endpoint: 5",
            (
                "p.yaml:4:15: 'endpoint': text is wanted, and this is the number 5 — "
                'write "5"'
            ),
        ),
        (
            "endpoint:",
            (
                "p.yaml:4:14: 'endpoint': text is wanted, and this is nothing — "
                "write a value, or remove the key"
            ),
        ),
        (
            'endpoint: ""',
            "p.yaml:4:15: this text is empty — write something, or remove the key",
        ),
        (
            "endpoint: /x\n    when: true",
            "p.yaml:5:11: 'when': text is wanted, and this is true — write \"true\"",
        ),
        (
            "endpoint: /x\n    always: yes",
            (
                "p.yaml:5:13: 'always': true or false is wanted, and this is 'yes' — "
                "write true"
            ),
        ),
        (
            "endpoint: /x\n    depends_on: b",
            "p.yaml:5:17: 'depends_on': a list is wanted, and this is 'b' — write [b]",
        ),
        (
            "endpoint: /x\n    method: get",
            (
                "p.yaml:5:13: 'method': 'get' is not one of GET, POST, PUT, PATCH, "
                "DELETE, HEAD, OPTIONS — did you mean 'GET'?"
            ),
        ),
        (
            "endpoint: /x\n    query: x",
            (
                "p.yaml:5:12: 'query': a map of keys is wanted, and this is 'x' — "
                "write keys and values: { key: value }"
            ),
        ),
        (
            "endpoint: /x\n    on_status: { abc: 1 }",
            "p.yaml:5:18: 'abc': a whole number is wanted, and this is 'abc'",
        ),
        (
            "endpoint: /x\n    on_status: { 99: 1 }",
            "p.yaml:5:18: '99': this must be at least 100",
        ),
        (
            "endpoint: /x\n    retry: { attempts: 0 }",
            "p.yaml:5:24: 'attempts': this must be at least 1 — write 1",
        ),
        (
            "endpoint: /x\n    retry: { attempts: true }",
            "p.yaml:5:24: 'attempts': a whole number is wanted, and this is true",
        ),
        (
            "endpoint: /x\n    retry: { errors: [timeot] }",
            "p.yaml:5:23: 'timeot' is no class of failures — did you mean 'timeout'?",
        ),
        (
            "endpoint: /x\n    retry: { if_: x }",
            "p.yaml:5:14: there is no key 'if_' here — did you mean 'if'?",
        ),
        (
            "endpoint: /x\n    fallback: [5]",
            (
                "p.yaml:5:16: this is nothing to fall back to — "
                "write a step's name, { stale: 10m } or { value: ... }"
            ),
        ),
        (
            "endpoint: /x\n    fallback: [{ stale: 5 }]",
            "p.yaml:5:25: a duration needs a unit — write 5s",
        ),
        (
            "endpoint: /x\n    hedge: { after: q9 }",
            "p.yaml:5:21: this is no duration and no percentile — write 50ms or p95",
        ),
        (
            "endpoint: /x\n    cache: { tll: 5s }",
            (
                "p.yaml:5:5: the key 'ttl' is missing in 'cache' — add 'ttl: ...'\n"
                "p.yaml:5:14: there is no key 'tll' here — did you mean 'ttl'?"
            ),
        ),
        (
            "endpoint: /x\n    fills: a b",
            (
                "p.yaml:5:12: 'a b' is neither a type nor a field of one — "
                "write Account.branch, or Account with 'provides'"
            ),
        ),
        (
            "endpoint: /x\n    when: !x",
            (
                "p.yaml:5:11: YAML takes a value that starts with '!' for a tag — "
                'write when: "!x"'
            ),
        ),
    ],
)
def test_a_wrong_key_of_a_step_is_shown_with_its_fix(keys: str, problem: str) -> None:
    """File, line, column, what is wrong, and what to write."""
    assert "\n".join(wrong(step(keys))) == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "step: []",
            (
                "p.yaml:1:1: the file does not say what it is — "
                "start it with operation:, entity:, fragment: or extends:"
            ),
        ),
        (
            "operatoin: x",
            "p.yaml:1:1: the file does not say what it is — did you mean 'operation'?",
        ),
        (
            "operation: x\nentity: Y",
            (
                "p.yaml:2:1: a file has either 'operation' or 'entity', not both — "
                "make two files of it"
            ),
        ),
        (
            "operation: a-b\nsteps: [{ name: a, endpoint: /x }]",
            "p.yaml:1:12: 'a-b' is no name: letters, digits and _ make one — write a_b",
        ),
        (
            "operation: x",
            "p.yaml:1:1: the key 'steps' is missing — add 'steps: ...'",
        ),
        (
            "operation: x\nsteps: []",
            "p.yaml:2:8: 'steps': a longer list is wanted, and this is an empty list",
        ),
        (
            "operation: x\nsteps: [foo]",
            (
                "p.yaml:2:9: a step is a map of keys, and this is 'foo' — "
                "write - name: account"
            ),
        ),
        (
            "operation: x\nlanguage: 2\nsteps: [{ name: a, endpoint: /x }]",
            (
                "p.yaml:2:11: this version reads language 1 — "
                "write language: 1, or upgrade the gateway"
            ),
        ),
        (
            "operation: x\nfields: { score: a }\nsteps: [{ name: a, endpoint: /x }]",
            "p.yaml:2:11: 'score' is no field of a type — write Customer360.riskScore",
        ),
        (
            "operation: x\nsources: {}\nsteps: [{ name: a, endpoint: /x }]",
            (
                "p.yaml:2:1: there is no key 'sources' here — "
                "sources are declared in headwater.yaml"
            ),
        ),
        (
            (
                "operation: x\naggregation: { strategy: merg }\n"
                "steps: [{ name: a, endpoint: /x }]"
            ),
            (
                "p.yaml:2:26: 'strategy': 'merg' is not one of merge, nest, first, "
                "concat — did you mean 'merge'?"
            ),
        ),
        (
            (
                "operation: x\naggregation: { on_conflict: last }\n"
                "steps: [{ name: a, endpoint: /x }]"
            ),
            (
                "p.yaml:2:29: 'on_conflict': 'last' is not one of error, first — "
                "write error or first"
            ),
        ),
        (
            (
                "operation: x\nsteps:\n  - { name: a, endpoint: /x }\n"
                "  - { name: a, endpoint: /y }"
            ),
            (
                "p.yaml:4:13: there are two steps named 'a' — "
                "the other one is in line 3; rename one"
            ),
        ),
        (
            "entity: Account",
            (
                "p.yaml:1:1: an entity file without steps, fields and key says "
                "nothing — add a step, or remove the file"
            ),
        ),
        (
            "entity: Account\nkey: id",
            "p.yaml:2:6: a list is wanted — write [id]",
        ),
    ],
)
def test_a_wrong_file_is_shown_with_its_fix(text: str, problem: str) -> None:
    """The same for the keys of the file itself."""
    assert wrong(text) == [problem]


def test_a_bad_step_does_not_hide_the_others() -> None:
    """Everything wrong in a file is said at once."""
    text = (
        "operation: o\nlangauge: 1\nsteps:\n  - { name: a, type: nope }\n  - oops\n"
        "  - { name: b, endpoint: /b, timout: 1s }\n  - { name: c }\n"
    )
    assert wrong(text) == [
        f"p.yaml:4:22: there is no step type 'nope' — the types are {TYPES}",
        (
            "p.yaml:5:5: a step is a map of keys, and this is 'oops' — "
            "write - name: account"
        ),
        "p.yaml:6:30: there is no key 'timout' here — did you mean 'timeout'?",
        "p.yaml:7:5: the key 'endpoint' is missing — add 'endpoint: ...'",
        "p.yaml:2:1: there is no key 'langauge' here — did you mean 'language'?",
    ]


def test_a_file_of_bad_steps_only_is_not_also_too_short() -> None:
    """One mistake is one problem."""
    assert wrong("operation: o\nsteps: [{ name: a, type: nope }]") == [
        f"p.yaml:2:26: there is no step type 'nope' — the types are {TYPES}"
    ]


def test_every_key_has_a_description() -> None:
    """The descriptions are the language reference."""
    missing = [
        f"{name}.{key}"
        for name, definition in _schema()["$defs"].items()  # type: ignore[union-attr,index,call-overload]
        for key, described in definition.get("properties", {}).items()
        if not described.get("description")
    ]
    assert missing == []


def test_the_schema_refuses_what_loading_refuses() -> None:
    """An editor marks an unknown key of any step type."""
    validator = Draft202012Validator(_schema())
    assert not validator.is_valid(
        {"operation": "o", "steps": [{"name": "a", "endpoint": "/", "timout": "1s"}]}
    )
    assert not validator.is_valid(
        {"operation": "o", "steps": [{"name": "a", "type": "sql", "endpoint": "/"}]}
    )
    assert validator.is_valid(
        {"operation": "o", "steps": [{"name": "a", "endpoint": "/"}]}
    )


def test_step_types_share_a_model_where_they_share_options() -> None:
    """`api` and `rest` are two names of one type."""
    types = StepTypes(STEP_OPTIONS)
    assert types.whole["api"] is types.whole["rest"]
    assert types.with_key("query") == ("api", "warehouse", "stream")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(
        ["a", "", "1s", "api", "sql", "${ x }", "merge", "id", "p95", "!x"]
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["name", "type", "endpoint", "query", "retry", "attempts", "errors", "ttl",
             "cache", "fallback", "stale", "value", "owner", "by", "batch", "key"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
KEYS = st.sampled_from(
    ["operation", "entity", "fragment", "extends", "steps", "language", "args", "key",
     "fields", "defaults", "aggregation", "owner", "match", "include", "deadline"]
)  # fmt: skip


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_no_value_anywhere_makes_loading_raise(data: dict[str, object]) -> None:
    """A model, or at least one problem, whatever the values."""
    import yaml

    problems = Problems()
    document = read(yaml.safe_dump(data), "p.yaml", problems)
    if document is None:
        return
    made = load_document(document, problems, STEP_OPTIONS)
    assert (made is None) == bool(problems.errors)
