"""What a change of a configuration changes, told with both its places."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from graphql import build_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.comparing.changes import compare
from gateway.comparing.drawing import as_mermaid
from gateway.comparing.markdown import as_markdown
from gateway.comparing.model import Change, Comparison, Kind, Level, Side
from gateway.comparing.schemas import felt, place_in
from gateway.deployment import Deployment, load_deployment
from gateway.errors import Problems
from gateway.loading.askers import askers_of
from gateway.loading.examining import Examined
from gateway.loading.loader import Loader
from gateway.loading.opening import open_nothing
from gateway.loading.sides import side_of
from gateway.loading.written import Written
from tests.project import write

DEPLOYMENT = """
sources:
  default: { url: "http://127.0.0.1:9", timeout: 2s }
  other: { url: "http://127.0.0.1:9" }
"""
SDL = """
directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT
type Query { screen(id: ID!): Screen }
type Screen { account: Account scores: [Score!] }
type Account { id: ID! iban: String branch: Branch }
type Branch { city: String }
type Score { value: Int }
"""
SCREEN = """
language: 1
operation: screen
steps:
  - name: account
    endpoint: /accounts/{id}
    timeout: 500ms
  - name: scores
    endpoint: /scores/{id}
    query: { most: 5 }
"""
ACCOUNT = """
language: 1
entity: Account
steps:
  - { name: branch, endpoint: "/branches/{self.id}" }
"""
FILES = {
    "schema/a.graphql": SDL,
    "profiles/screen.yaml": SCREEN,
    "profiles/account.yaml": ACCOUNT,
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    folder = tmp_path_factory.mktemp("project")
    file = write(folder, {"headwater.yaml": DEPLOYMENT})
    found = load_deployment([file], {}, Problems())
    assert found is not None
    return found


def examined(deployment: Deployment, files: Mapping[str, str]) -> Examined:
    loader = Loader(deployment.files, {}, open_nothing)
    profiles = {n: t for n, t in files.items() if n.startswith("profiles/")}
    sdl = {n: t for n, t in files.items() if n.startswith("schema/")}
    made = loader.examine(
        deployment, Written(profiles, sdl, {}, "profiles"), Problems()
    )
    assert [str(p) for p in made.problems if p.severity == "error"] == []
    return made


def sides(
    deployment: Deployment, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[Side, Side]:
    old, new = examined(deployment, before), examined(deployment, after)
    askers = askers_of(old) | askers_of(new)
    return side_of(old, "old", askers), side_of(new, "new", askers)


def compared(
    deployment: Deployment,
    change: Mapping[str, str | None],
    base: Mapping[str, str] = FILES,
) -> Comparison:
    """What these files change; None takes one away."""
    after = {n: t for n, t in {**base, **change}.items() if t is not None}
    return compare(*sides(deployment, base, after))


def told(comparison: Comparison) -> list[tuple[str, str]]:
    return [(one.level.value, one.message) for one in comparison.changes]


def places(change: Change) -> tuple[str | None, str | None]:
    was, now = change.was, change.now
    return (
        None if was is None else f"{was.file}:{was.line}",
        None if now is None else f"{now.file}:{now.line}",
    )


def test_what_is_equal_changes_nothing(deployment: Deployment) -> None:
    """A comment, an order of keys and another spelling of a time are no change."""
    again = SCREEN.replace("timeout: 500ms", "timeout: 0.5s # half a second")
    found = compared(deployment, {"profiles/screen.yaml": again})
    assert (found.changes, found.redrawn) == ((), ())


def test_a_field_that_goes_breaks_and_one_that_comes_does_not(
    deployment: Deployment,
) -> None:
    """Each stands where SDL has it, on the side that has it."""
    sdl = SDL.replace("iban: String", "bic: String")
    found = compared(deployment, {"schema/a.graphql": sdl})
    assert [(c.level, c.coordinate, *places(c)) for c in found.changes] == [
        (Level.BREAKING, "Account.iban", "schema/a.graphql:5", None),
        (Level.SAFE, "Account.bic", None, "schema/a.graphql:5"),
    ]


def test_a_step_that_calls_something_else_is_told_with_both_places(
    deployment: Deployment,
) -> None:
    """Source, endpoint, method: answers can be others."""
    moved = SCREEN.replace(
        "endpoint: /accounts/{id}", "endpoint: /v2/accounts/{id}\n    source: other"
    )
    found = compared(deployment, {"profiles/screen.yaml": moved})
    screen = "profiles/screen.yaml"
    assert [(c.level, c.message, *places(c)) for c in found.changes] == [
        (
            Level.DANGEROUS,
            "screen.account: endpoint GET /accounts/{id} → GET /v2/accounts/{id}",
            f"{screen}:6",
            f"{screen}:6",
        ),
        (
            Level.DANGEROUS,
            "screen.account: source default → other",
            f"{screen}:5",
            f"{screen}:7",
        ),
    ]


STEP_KEYS = {
    "timeout: 1s": ("safe", "timeout 500ms → 1s"),
    "timeout: 500ms\n    retry: { attempts: 3, errors: [timeout] }": (
        "safe",
        "retry 3 attempts, on timeout was added",
    ),
    "timeout: 500ms\n    role: required": ("dangerous", "role optional → required"),
    "timeout: 500ms\n    cache: { ttl: 1m, scope: public }": (
        "dangerous",
        "cache 1m, for everybody was added",
    ),
    "timeout: 500ms\n    policy: request.tenant == 'a'": (
        "dangerous",
        "policy request.tenant == 'a' was added",
    ),
    "timeout: 500ms\n    when: flags.fresh == true": (
        "dangerous",
        "when flags.fresh == true was added",
    ),
    "timeout: 500ms\n    depends_on: [scores]": (
        "dangerous",
        "reads scores was added",
    ),
    "timeout: 500ms\n    fallback: [{ value: { id: none } }]": (
        "dangerous",
        'fallback [{"value":{"id":"none"}}] was added',
    ),
    "timeout: 500ms\n    select: response.body.account": (
        "dangerous",
        "select response.body.account was added",
    ),
}


@pytest.mark.parametrize("written", STEP_KEYS)
def test_every_key_of_a_step_counts(deployment: Deployment, written: str) -> None:
    """Times and retries are safe; what can change an answer is dangerous."""
    text = SCREEN.replace("timeout: 500ms", written)
    found = compared(deployment, {"profiles/screen.yaml": text})
    level, message = STEP_KEYS[written]
    assert (level, f"screen.account: {message}") in told(found)


def test_flags_that_are_read_are_named(deployment: Deployment) -> None:
    """In a condition, and in what is sent."""
    text = SCREEN.replace("most: 5", 'most: "${ flags.many ? 9 : 5 }"')
    found = compared(deployment, {"profiles/screen.yaml": text})
    assert ("dangerous", "screen.scores: flags many was added") in told(found)


def test_a_new_step_is_told_with_what_it_calls(deployment: Deployment) -> None:
    """And what goes with its profile is not told once more."""
    sdl = SDL.replace("scores: [Score!] }", "scores: [Score!] news: String }")
    text = f"{SCREEN}  - {{ name: news, endpoint: /news, source: other }}\n"
    change = {"schema/a.graphql": sdl, "profiles/screen.yaml": text}
    found = compared(deployment, change)
    assert told(found) == [
        ("safe", "Screen.news was added"),
        (
            "safe",
            (
                "screen: critical path account > Account.branch: 2.5s at most → "
                "news: 5s at most"
            ),
        ),
        ("safe", "step screen.news was added: GET /news of other"),
    ]


VARIANT = """
extends: screen
match: { tenant: [acme] }
steps: [{ name: scores, timeout: 3s }]
"""


def test_a_change_of_a_base_is_told_once_for_all_that_extend_it(
    deployment: Deployment,
) -> None:
    """And one of a variant is the variant's."""
    base = {**FILES, "profiles/acme.yaml": VARIANT}
    text = SCREEN.replace("/accounts/{id}", "/customers/{id}")
    variant = VARIANT.replace("3s", "4s")
    change = {"profiles/screen.yaml": text, "profiles/acme.yaml": variant}
    found = compared(deployment, change, base)
    steps = [one for one in found.changes if one.kind is Kind.STEP]
    assert [(c.message, c.variants, *places(c)) for c in steps] == [
        (
            "screen.account: endpoint GET /accounts/{id} → GET /customers/{id}",
            ("screen.account (acme)",),
            "profiles/screen.yaml:6",
            "profiles/screen.yaml:6",
        ),
        (
            "screen.scores (acme): timeout 3s → 4s",
            (),
            "profiles/acme.yaml:4",
            "profiles/acme.yaml:4",
        ),
    ]


def test_what_only_one_tenant_loses_is_told_for_that_tenant(
    deployment: Deployment,
) -> None:
    """The schema of all has the field still."""
    base = {**FILES, "profiles/acme.yaml": VARIANT}
    without = VARIANT + "remove: [scores]\n"
    without = without.replace("steps: [{ name: scores, timeout: 3s }]\n", "")
    found = compared(deployment, {"profiles/acme.yaml": without}, base)
    schema = [one for one in found.changes if one.coordinate == "Screen.scores"]
    assert [(c.level, c.audiences) for c in schema] == [(Level.BREAKING, ("acme",))]
    assert schema[0].message.endswith("was removed for acme")
    assert "profiles" in str(schema[0].was) or "schema" in str(schema[0].was)


@pytest.mark.parametrize(
    ("match", "whom"),
    [
        ("client: [app]", "client app"),
        ("flags: { slim: true }", "flag slim on"),
        ("tenant: [acme], flags: { slim: false }", "acme, flag slim off"),
        ("when: request.client == 'tv'", "when request.client == 'tv'"),
        ("tenant: [acme], when: flags.slim", "acme, when flags.slim"),
    ],
)
def test_clients_and_flags_are_audiences_too(
    deployment: Deployment, match: str, whom: str
) -> None:
    """As far as a `match` names them."""
    variant = VARIANT.replace("tenant: [acme]", match)
    base = {**FILES, "profiles/slim.yaml": variant}
    without = variant.replace("steps: [{ name: scores, timeout: 3s }]", "")
    change = {"profiles/slim.yaml": without + "remove: [scores]\n"}
    found = compared(deployment, change, base)
    schema = [one for one in found.changes if one.coordinate == "Screen.scores"]
    assert [(c.level, c.audiences) for c in schema] == [(Level.BREAKING, (whom,))]


def test_a_variant_that_is_new_can_change_answers(deployment: Deployment) -> None:
    """Those whom it serves were served by another profile before."""
    found = compared(deployment, {"profiles/acme.yaml": VARIANT})
    assert [(c.level, c.message, *places(c)) for c in found.changes] == [
        (
            Level.DANGEROUS,
            "operation screen (acme) was added",
            None,
            "profiles/acme.yaml:2",
        )
    ]


def test_an_operation_that_nobody_serves_any_more_breaks(
    deployment: Deployment,
) -> None:
    """Its steps are not told one by one."""
    other = "language: 1\noperation: other\nreturns: Branch\n"
    other += "steps: [{ name: other, endpoint: /other }]\n"
    base = {**FILES, "profiles/other.yaml": other}
    found = compared(deployment, {"profiles/other.yaml": None}, base)
    assert [(c.level, c.message, *places(c)) for c in found.changes] == [
        (
            Level.BREAKING,
            "Field Query.other was removed",
            "profiles/other.yaml:2",
            None,
        ),
        (
            Level.BREAKING,
            "operation other was removed",
            "profiles/other.yaml:2",
            None,
        ),
    ]


def test_a_step_of_a_type_is_compared_as_any_other(deployment: Deployment) -> None:
    """By the type's name."""
    text = ACCOUNT.replace("/branches/{self.id}", "/v2/branches/{self.id}")
    found = compared(deployment, {"profiles/account.yaml": text})
    assert [one.message for one in found.changes] == [
        "Account.branch: endpoint GET /branches/{self.id} → GET /v2/branches/{self.id}"
    ]


def test_the_slowest_chain_is_told_before_and_after(deployment: Deployment) -> None:
    """With the seconds that it takes at most."""
    text = SCREEN.replace("timeout: 500ms", "timeout: 4s")
    found = compared(deployment, {"profiles/screen.yaml": text})
    assert [one.message for one in found.changes] == [
        (
            "screen: critical path account > Account.branch: 2.5s at most → "
            "account > Account.branch: 6s at most"
        ),
        "screen.account: timeout 500ms → 4s",
    ]


def test_a_fragment_is_compared_where_it_is_written(deployment: Deployment) -> None:
    """For every profile that includes it, once."""
    fragment = "fragment: parts\nsteps:\n  - name: scores\n    endpoint: /s\n"
    screen = SCREEN[: SCREEN.index("  - name: scores")] + "include: [parts]\n"
    base = {**FILES, "profiles/screen.yaml": screen, "profiles/parts.yaml": fragment}
    change = {"profiles/parts.yaml": fragment + "    query: { a: 1 }\n"}
    found = compared(deployment, change, base)
    assert [(c.message, *places(c)) for c in found.changes] == [
        (
            'screen.scores: query {"a":1} was added',
            "profiles/parts.yaml:3",
            "profiles/parts.yaml:5",
        )
    ]


def test_a_secret_of_a_source_is_never_told(tmp_path: Path) -> None:
    """That it is another one is."""
    made = []
    for secret in ("hunter2", "swordfish"):
        text = f'sources: {{ default: {{ url: "http://127.0.0.1:9/{secret}" }} }}\n'
        file = write(tmp_path / secret, {"headwater.yaml": text})
        deployment = load_deployment([file], {}, Problems())
        assert deployment is not None
        made.append(side_of(examined(deployment, FILES), secret[0], ()))
    found = compare(*made)
    assert [one.message for one in found.changes] == ["default: url changed"]
    everything = as_markdown(found) + str([one.as_json() for one in found.changes])
    assert "hunter2" not in everything.replace(str(tmp_path / "hunter2"), "")
    assert "swordfish" not in everything.replace(str(tmp_path / "swordfish"), "")


def test_tags_and_their_policies_count(tmp_path: Path) -> None:
    """Who may read a field is decided by both."""
    made = []
    for name, keep, tag in (("a", 0, ""), ("b", 4, ' @tag(name: "pii")')):
        policy = f"{{ when: 'false', keep: {keep} }}"
        text = f"{DEPLOYMENT}policies: {{ pii: {policy} }}\n"
        file = write(tmp_path / name, {"headwater.yaml": text})
        deployment = load_deployment([file], {}, Problems())
        assert deployment is not None
        sdl = SDL.replace("city: String", 'city: String @tag(name: "pii")')
        sdl = sdl.replace("iban: String", f"iban: String{tag}")
        files = {**FILES, "schema/a.graphql": sdl}
        made.append(side_of(examined(deployment, files), name, ()))
    assert [(c.level, c.message) for c in compare(*made).changes] == [
        (Level.DANGEROUS, "Account.iban: tags none → pii"),
        (Level.DANGEROUS, "pii: keep 0 → 4"),
    ]


def test_those_from_whom_a_policy_hides_are_an_audience(tmp_path: Path) -> None:
    """A field that gets its tag is gone for them, and for nobody else."""
    text = f"{DEPLOYMENT}policies: {{ pii: {{ when: 'false', deny: hide }} }}\n"
    file = write(tmp_path, {"headwater.yaml": text})
    deployment = load_deployment([file], {}, Problems())
    assert deployment is not None
    tag = ' @tag(name: "pii")'
    sdl = SDL.replace("city: String", f"city: String{tag}")
    base = {**FILES, "schema/a.graphql": sdl}
    hidden = sdl.replace("iban: String", f"iban: String{tag}")
    found = compared(deployment, {"schema/a.graphql": hidden}, base)
    whom = ("those who may not see pii",)
    assert [(c.level, c.audiences, c.message) for c in found.changes] == [
        (
            Level.BREAKING,
            whom,
            "Field Account.iban was removed for those who may not see pii",
        ),
        (Level.DANGEROUS, (), "Account.iban: tags none → pii"),
    ]


# -- how it is told --------------------------------------------------------------------


def test_a_picture_shows_both_graphs(deployment: Deployment) -> None:
    """What is in another place has another colour."""
    text = SCREEN.replace(
        "query:", "source: other\n    depends_on: [account]\n    query:"
    )
    found = compared(deployment, {"profiles/screen.yaml": text})
    assert as_mermaid(found.redrawn[0]).splitlines() == [
        "flowchart LR",
        "  subgraph before",
        '    a0("account<br/>default")',
        '    a1("scores<br/>default")',
        "  end",
        "  class a1 gone",
        "  subgraph after",
        '    b0("account<br/>default")',
        '    b1("scores<br/>other")',
        "    b0 --> b1",
        "  end",
        "  class b1 fresh",
        "  classDef gone stroke:#cf222e,stroke-width:3px",
        "  classDef fresh stroke:#1a7f37,stroke-width:3px",
    ]


def test_what_people_wrote_is_no_markdown(deployment: Deployment) -> None:
    """A bar, a tick or a tag in a value draws nothing."""
    text = SCREEN.replace("most: 5", 'most: "a|b `c` <img src=x>"')
    found = as_markdown(compared(deployment, {"profiles/screen.yaml": text}))
    (row,) = [line for line in found.splitlines() if "most" in line]
    assert row.replace("\\|", "").count("|") == 5
    assert '`` {"most":"a\\|b `c` <img src=x>"} ``' in row


# -- laws ------------------------------------------------------------------------------

TOKENS = {
    "iban: String": ("iban: String!", "", "iban: String @deprecated", "bic: Int"),
    "city: String": ("city: String lat: Float", "city(x: Int = 3): String"),
    "scores: [Score!]": ("scores: [Score]", "scores(n: Int!): [Score!]"),
    "timeout: 500ms": ("timeout: 2s", "role: required", "cache: { ttl: 1s }"),
    "/accounts/{id}": ("/people/{id}",),
    "most: 5": ("most: 6", 'most: "${ flags.x }"'),
    "/branches/{self.id}": ("/branches/{self.id}?all=1",),
}
CHOICES = st.fixed_dictionaries(
    {token: st.sampled_from((token, *others)) for token, others in TOKENS.items()}
)


def _changed(choice: Mapping[str, str]) -> dict[str, str]:
    made = dict(FILES)
    for token, chosen in choice.items():
        made = {name: text.replace(token, chosen) for name, text in made.items()}
    return made


@settings(max_examples=25, deadline=None)
@given(one=CHOICES, other=CHOICES)
def test_changes_have_places_and_the_way_back_has_the_opposite(
    deployment: Deployment, one: Mapping[str, str], other: Mapping[str, str]
) -> None:
    """What comes one way goes the other; no change is without a place."""
    old, new = sides(deployment, _changed(one), _changed(other))
    there, back = compare(old, new), compare(new, old)
    assert compare(old, old).changes == compare(new, new).changes == ()
    assert (there.changes == ()) is (one == other)
    for found in (*there.changes, *back.changes):
        assert (found.was or found.now) is not None
        assert all(p.file in FILES for p in (found.was, found.now) if p is not None)
    assert _only(there, "added") == _only(back, "removed")
    assert _only(there, "removed") == _only(back, "added")
    parts = {(c.subject, c.key, c.before, c.after) for c in there.changes if _part(c)}
    turned = {(c.subject, c.key, c.after, c.before) for c in back.changes if _part(c)}
    assert parts == turned


def _part(change: Change) -> bool:
    return change.kind is not Kind.SCHEMA


def _only(comparison: Comparison, what: str) -> set[str]:
    """Fields and parts that come or go."""
    return {
        one.subject for one in comparison.changes if one.key in (what, f"field_{what}")
    }


# -- coordinates -----------------------------------------------------------------------

OLD = """
directive @mark(a: Int) repeatable on FIELD_DEFINITION
interface N { n: Int }
interface M { m: Int }
enum K { X Y }
input I { a: Int b: Int! }
type A implements N & M { n: Int m: Int f(x: Int, y: Int = 1): Int k: K }
type B { b: Int }
union U = A | B
scalar Odd
type Query { a(i: I): A b: B u: U odd: Odd }
"""
EDITS = {
    "n: Int m: Int f": ("n: Int! m: Int g", {"A.f", "A.g", "A.n"}),
    "implements N & M": ("implements N", {"A"}),
    "K { X Y }": ("K { X Z }", {"K.Y", "K.Z"}),
    "a: Int b: Int!": ("a: Int b: Int! c: Int!", {"I.c"}),
    "a: Int b": ("a: String b", {"I.a"}),
    "(x: Int, y: Int = 1)": ("(x: Int!, y: Int = 2)", {"A.f(x:)", "A.f(y:)"}),
    "f(x: Int,": ("f(must: Int!, also: Int,", {"A.f(must:)", "A.f(also:)", "A.f(x:)"}),
    "U = A | B": ("U = A", {"U"}),
    "scalar Odd": ("enum Odd { ONE }", {"Odd"}),
    "directive @mark(a: Int) repeatable on FIELD_DEFINITION": ("", {"@mark"}),
    "@mark(a: Int) repeatable": (
        "@mark(b: Int!)",
        {"@mark", "@mark(a:)", "@mark(b:)"},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_can_hurt_names_its_coordinate(edit: str) -> None:
    """Whatever sentence it is told in: the place is found by it, and who uses it."""
    old = build_schema(OLD)
    new = build_schema(OLD.replace(edit, EDITS[edit][0]))
    found = {one.coordinate for one in felt(old, new)}
    assert found == EDITS[edit][1]
    assert all(place_in(old, at) or place_in(new, at) for at in found)
