"""Which profile serves whom, what others see of it, and what a reload keeps."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.app import Gateway, build_gateway
from gateway.request.model import Asking, Caller, RequestContext
from gateway.values import JsonValue

BASE = """\
language: 1
operation: overview
args: { id: ID! }
steps:
  - { name: account, type: value, value: { name: Ada } }
  - { name: fraud, type: value, value: { score: 1 } }
"""
ACME = """\
language: 1
extends: overview
match: { tenant: [acme] }
remove: [fraud]
args: { deep: Boolean }
steps:
  - { name: disputes, type: value, value: { open: 2 } }
"""
WHO = RequestContext("r", 0.0, datetime(2026, 1, 1, tzinfo=UTC), explain=True)
ACME_ASKS = WHO._replace(tenant="acme")


class Project:
    """Files of a project, and the gateway that serves them."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self.folder = folder
        self.write("headwater.yaml", "profiles: ./profiles\nschema: ./schema\n")
        (folder / "schema").mkdir()
        for name, text in files.items():
            self.write(name if "/" in name else f"profiles/{name}.yaml", text)
        config = [folder / "headwater.yaml"]
        self.gateway: Gateway = build_gateway(
            config, {}, observe=lambda _: None, remember=True
        )

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    @property
    def problems(self) -> list[str]:
        found = self.gateway.current.problems
        return [f"{Path(p.span.file).stem}:{p.span.line}: {p.message}" for p in found]

    def ask(self, query: str, who: RequestContext = WHO) -> dict[str, JsonValue]:
        async def run() -> dict[str, JsonValue]:
            pipeline = self.gateway.pipeline
            answer = await pipeline.answer(self.gateway.current, Asking(query), who)
            return answer.as_json()

        return asyncio.run(run())

    def told(self, query: str, who: RequestContext = WHO) -> list[str]:
        errors = self.ask(query, who)["errors"]
        return [error["message"] for error in errors]  # type: ignore[union-attr,index,misc,call-overload]

    def serves(self, who: RequestContext, operation: str = "overview") -> str | None:
        found = self.gateway.current.offered(who).profiles.get(operation)
        return found.name if found else None

    def reload(self) -> bool:
        return asyncio.run(self.gateway.reload())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, {"overview": BASE, "acme": ACME})


NEEDED = """\
language: 1
operation: overview
args: { id: ID! }
steps:
  - { name: account, type: value, value: { id: a } }
  - { name: fraud, type: value, value: "${ account.id }" }
  - { name: other, type: value, value: "${ nowhere }" }
"""


def test_what_a_variant_breaks_in_its_base_is_said_to_be_its_own(
    tmp_path: Path,
) -> None:
    """The line is the base's, which is fine by itself; what is not is told once."""
    base = NEEDED.replace("nowhere", "id")
    project = Project(
        tmp_path, {"overview": base, "acme": variant(A, more="remove: [account]")}
    )
    (told,) = project.problems
    assert told.replace(str(tmp_path), "") == (
        "overview:6: in 'acme' (/profiles/acme.yaml:2:10): "
        "'account' is neither an argument nor a step here"
    )
    project.write("profiles/overview.yaml", NEEDED)
    project.write("profiles/acme.yaml", variant(A, more="remove: [fraud]"))
    project.reload()
    assert project.problems == [
        "overview:7: 'nowhere' is neither an argument nor a step here"
    ]


# -- the choice ---------------------------------------------------------------------


A = "{ tenant: [a] }"


def variant(match: str, *, more: str = "") -> str:
    return f"language: 1\nextends: overview\nmatch: {match}\n{more}"


@pytest.mark.parametrize(
    ("match", "who", "serves"),
    [
        ("{ tenant: [a, b] }", {"tenant": "b"}, True),
        ("{ tenant: [a, b] }", {"tenant": "c"}, False),
        ("{ tenant: [a] }", {}, False),
        ("{ client: [web] }", {"client": "web"}, True),
        ("{ client: [web] }", {"tenant": "web"}, False),
        ("{ flags: { x: true } }", {"flags": {"x": True}}, True),
        ("{ flags: { x: true } }", {"flags": {"x": 1}}, False),
        ("{ flags: { x: true } }", {"flags": {"x": "true"}}, False),
        ("{ flags: { x: false } }", {"flags": {"x": False}}, True),
        ("{ flags: { x: false } }", {}, False),
        ("{ flags: { x: true, y: false } }", {"flags": {"x": True, "y": True}}, False),
        ("{ when: \"request.region == 'eu'\" }", {"region": "eu"}, True),
        ("{ when: \"request.region == 'eu'\" }", {"region": "us"}, False),
        ("{ when: request.claims.vip }", {"caller": Caller(None, {"vip": True})}, True),
        ("{ when: request.claims.vip }", {"caller": Caller(None, {"vip": 1})}, False),
        ("{ when: request.claims.vip }", {}, False),
        ("{ tenant: [a], client: [web] }", {"tenant": "a", "client": "web"}, True),
        ("{ tenant: [a], client: [web] }", {"tenant": "a"}, False),
    ],
)
def test_a_variant_serves_those_for_whom_all_of_its_match_holds(
    tmp_path: Path, match: str, who: dict[str, object], *, serves: bool
) -> None:
    """And nobody else; what cannot be evaluated does not hold."""
    made = Project(tmp_path, {"overview": BASE, "v": variant(match)})
    assert made.problems == []
    asker = WHO._replace(**who)  # type: ignore[arg-type]
    assert made.serves(asker) == ("v" if serves else "overview")


def test_the_highest_priority_wins_and_a_variant_wins_over_what_it_extends(
    tmp_path: Path,
) -> None:
    """Whatever order the files come in."""
    made = Project(
        tmp_path,
        {
            "overview": BASE,
            "a": variant("{ tenant: [t] }"),
            "b": variant("{ client: [web] }", more="priority: 1\n"),
            "c": variant("{ tenant: [t], flags: { x: true } }").replace(
                "extends: overview", "extends: a"
            ),
        },
    )
    assert made.problems == []
    tenant = WHO._replace(tenant="t")
    assert made.serves(tenant) == "a"
    assert made.serves(tenant._replace(client="web")) == "b"
    assert made.serves(tenant._replace(flags={"x": True})) == "c"
    assert made.serves(tenant._replace(flags={"x": True}, client="web")) == "b"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{ tenant: [a, b] }", "{ tenant: [b, c] }"),
        ("{ tenant: [a] }", "{ client: [web] }"),
        ("{ flags: { x: true } }", "{ flags: { y: true } }"),
        ("{ when: \"request.region == 'eu'\" }", "{ when: \"request.tenant == 'a'\" }"),
    ],
)
def test_two_that_could_both_win_do_not_load(
    tmp_path: Path, one: str, other: str
) -> None:
    """The second file is told, with the place of the first, which serves on."""
    made = Project(tmp_path, {"overview": BASE, "v": variant(one), "w": variant(other)})
    (told,) = made.problems
    assert told.startswith("w:2: 'w' and 'v' (")
    assert told.endswith("can both match one request, and neither wins")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{ tenant: [a] }", "{ tenant: [b] }"),
        ("{ flags: { x: true } }", "{ flags: { x: false } }"),
        (
            "{ when: \"request.region == 'eu'\" }",
            "{ when: \"request.region == 'us'\" }",
        ),
    ],
)
def test_two_that_never_hold_together_need_no_priority(
    tmp_path: Path, one: str, other: str
) -> None:
    """As far as constants tell."""
    made = Project(tmp_path, {"overview": BASE, "v": variant(one), "w": variant(other)})
    assert made.problems == []


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"v": variant("{ tenant: [a] }")},
            "v:2: there is no profile 'overview' to extend",
        ),
        (
            {
                "overview": BASE,
                "v": variant("{ tenant: [a] }").replace("overview", "w"),
                "w": variant("{ tenant: [b] }").replace("overview", "v"),
            },
            "v:2: 'v' extends itself, by ",
        ),
        ({"overview": BASE, "v": variant("{}")}, "v:3: 'match' says nothing"),
        (
            {"overview": BASE, "v": "language: 1\nextends: overview\n"},
            "v:2: a variant says in 'match' which requests it serves",
        ),
        (
            {"overview": BASE, "v": variant("{ when: id == '1' }")},
            (
                "v:3: 'match.when' cannot read 'id': it is decided before a request's "
                "document is read"
            ),
        ),
        (
            {"overview": BASE, "v": variant("{ tenant: [a] }", more="remove: [x]\n")},
            "v:4: the base has no 'x' to remove",
        ),
        (
            {
                "overview": BASE,
                "v": variant("{ tenant: [a] }", more="returns: Other\n"),
            },
            "v:2: the type of 'overview' is Other here and Overview at ",
        ),
        (
            {
                "overview": BASE,
                "v": variant("{ tenant: [a] }", more="args: { more: ID! }\n"),
            },
            "v:2: argument 'more' is required, and not all profiles of 'overview' have",
        ),
        (
            {
                "overview": BASE,
                "v": variant(A, more="steps: [{ name: acount, timeout: 1s }]\n"),
            },
            "v:4: the base has no step 'acount', so this adds one",
        ),
        (
            {"overview": BASE.replace("args", "priority: 3\nargs")},
            (
                "overview:3: a profile without 'match' serves whom no other serves, "
                "whatever its priority"
            ),
        ),
    ],
)
def test_what_cannot_be_a_variant_is_told_where_it_stands(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    """And what is right serves all the same."""
    made = Project(tmp_path, files)
    assert [one for one in made.problems if one.startswith(told)], made.problems


# -- what others see ---------------------------------------------------------------


def test_each_caller_is_answered_as_if_there_were_no_other_profile(
    project: Project,
) -> None:
    """Fields and arguments of others are unknown, in the words for unknown ones."""
    assert project.ask("{ overview(id: 1) { account fraud } }") == {
        "data": {"overview": {"account": {"name": "Ada"}, "fraud": {"score": 1}}}
    }
    assert project.ask("{ overview(id: 1, deep: true) { disputes } }", ACME_ASKS) == {
        "data": {"overview": {"disputes": {"open": 2}}}
    }
    assert project.told("{ overview(id: 1) { disputes } }") == [
        "Cannot query field 'disputes' on type 'Overview'."
    ]
    assert project.told("{ overview(id: 1, deep: true) { account } }") == [
        "Unknown argument 'deep' on field 'Query.overview'."
    ]
    assert project.told("{ overview(id: 1) { fraud } }", ACME_ASKS) == [
        "Cannot query field 'fraud' on type 'Overview'."
    ]


@pytest.mark.parametrize(
    "query",
    [
        "{ x: overview(id: 1) { y: disputes } }",
        "{ overview(id: 1) { ...F } } fragment F on Overview { disputes }",
        "{ overview(id: 1) { ... on Overview { ... { disputes } } } }",
        "query($x: Boolean! = false) { overview(id: 1) { disputes @skip(if: $x) } }",
        "query A { __typename } query B { overview(id: 1) { disputes } }",
    ],
)
def test_no_way_of_writing_it_leads_to_what_is_hidden(
    project: Project, query: str
) -> None:
    """Even after somebody who sees it asked for the same document."""
    if "query A" not in query:
        assert "errors" not in project.ask(query, ACME_ASKS)
    assert project.told(query) == ["Cannot query field 'disputes' on type 'Overview'."]


def test_suggestions_name_nothing_that_is_hidden(project: Project) -> None:
    """A typo of a hidden name is as far from everything as any other word."""
    assert project.told("{ overview(id: 1) { dispute } }") == [
        "Cannot query field 'dispute' on type 'Overview'."
    ]
    assert project.told("{ overview(id: 1) { dispute } }", ACME_ASKS) == [
        "Cannot query field 'dispute' on type 'Overview'. Did you mean 'disputes'?"
    ]
    assert project.told("{ overview(id: 1) { account fraudd } }", ACME_ASKS) == [
        "Cannot query field 'fraudd' on type 'Overview'."
    ]


FIELDS = '{ __type(name: "Overview") { fields { name } } __schema { types { name } } }'


def test_introspection_answers_each_caller_with_his_own_schema(tmp_path: Path) -> None:
    """Types that nothing leads to any more are gone too."""
    secret = "language: 1\noperation: secret\nmatch: { tenant: [acme] }\n"
    secret += "steps: [{ name: only, type: value, value: 1 }]\n"
    made = Project(tmp_path, {"overview": BASE, "acme": ACME, "secret": secret})

    def seen(who: RequestContext) -> tuple[list[str], bool]:
        found: dict[str, dict[str, list[dict[str, str]]]] = made.ask(FIELDS, who)[
            "data"
        ]  # type: ignore[assignment]
        types = {one["name"] for one in found["__schema"]["types"]}
        return [f["name"] for f in found["__type"]["fields"]], "Secret" in types

    assert seen(WHO) == (["account", "fraud"], False)
    assert seen(ACME_ASKS) == (["account", "disputes"], True)
    assert made.told("{ secret { only } }") == [
        "Cannot query field 'secret' on type 'Query'."
    ]
    assert made.ask("{ secret { only } }", ACME_ASKS)["data"] == {"secret": {"only": 1}}


SDL = """\
type Query { overview(id: ID!): Overview  node: Node }
interface Node { id: ID  note: String }
type Overview implements Node { id: ID  note: String  risk: Risk }
type Other implements Node { id: ID  note: String }
type Risk { score: Int }
"""
NODES = "language: 1\noperation: node\nsteps: [{ name: node, type: value, "
NODES += "value: { id: 1, note: n }, type_by: { field: id, types: { '*': Other } } }]\n"


def test_sdl_has_the_fields_of_all_and_each_sees_those_of_his_profile(
    tmp_path: Path,
) -> None:
    """A type that only a hidden field leads to is unknown."""
    base = "language: 1\noperation: overview\nsteps:\n"
    base += "  - { name: body, type: value, provides: [id, note], value: { id: 1 } }\n"
    more = "steps: [{ name: risk, type: value, value: { score: 3 } }]\n"
    made = Project(
        tmp_path,
        {
            "schema/s.graphql": SDL,
            "overview": base,
            "nodes": NODES,
            "v": variant("{ tenant: [acme] }", more=more),
        },
    )
    assert made.problems == []
    query = "{ overview(id: 1) { id risk { score } } }"
    assert made.ask(query, ACME_ASKS)["data"] == {
        "overview": {"id": "1", "risk": {"score": 3}}
    }
    assert made.told(query) == ["Cannot query field 'risk' on type 'Overview'."]
    assert made.told(
        "{ overview(id: 1) { id ...F } } fragment F on Risk { score }"
    ) == ["Unknown type 'Risk'."]


def test_a_field_that_no_profile_gives_is_told_as_ever(tmp_path: Path) -> None:
    """What hides is that another gives it."""
    base = "language: 1\noperation: overview\nsteps:\n"
    base += "  - { name: body, type: value, provides: [id, note], value: { id: 1 } }\n"
    made = Project(
        tmp_path,
        {
            "schema/s.graphql": SDL,
            "overview": base,
            "nodes": NODES,
            "v": variant("{ tenant: [acme] }"),
        },
    )
    assert set(made.problems) == {
        "overview:2: no step gives Overview.risk",
        "v:2: no step gives Overview.risk",
    }


# -- sharing ------------------------------------------------------------------------


def test_those_who_are_offered_the_same_are_one_audience(tmp_path: Path) -> None:
    """However many tenants a variant names; and its profiles are shared by all."""
    tenants = ", ".join(f"t{n}" for n in range(50))
    made = Project(
        tmp_path, {"overview": BASE, "v": variant(f"{{ tenant: [{tenants}] }}")}
    )
    offered = made.gateway.current.offered
    found = {id(offered(WHO._replace(tenant=f"t{n}"))) for n in range(50)}
    assert len(found) == 1
    assert offered(WHO).digest != offered(WHO._replace(tenant="t1")).digest
    assert offered(WHO._replace(tenant="nobody")) is offered(WHO)


def test_equal_digests_are_one_audience_and_other_offers_have_other_digests(
    tmp_path: Path,
) -> None:
    """Over all that tenants, clients and flags can say; profiles are never copied."""
    files = {"a": BASE.replace("overview", "a"), "b": BASE.replace("overview", "b")}
    for base, match in itertools.product("ab", MATCHES):
        own = f"match: {match}\npriority: {MATCHES.index(match)}\n"
        text = f"language: 1\nextends: {base}\n{own}remove: [fraud]\n"
        files[f"{base}{MATCHES.index(match)}"] = text
    made = Project(tmp_path, files)
    assert made.problems == []
    seen: dict[str, object] = {}
    for tenant, client, flag in itertools.product(
        ("t", "u", None), ("web", None), ({}, {"x": True}, {"x": False})
    ):
        who = WHO._replace(tenant=tenant, client=client, flags=flag)
        found = made.gateway.current.offered(who)
        assert seen.setdefault(found.digest, found) is found
        names = {found.profiles[one].name for one in "ab"}
        assert {name[1:] for name in names} in ({""}, {"0"}, {"1"}, {"2"})
    assert len(seen) == 4
    kept = {id(p) for one in seen.values() for p in one.profiles.values()}  # type: ignore[attr-defined]
    assert len(kept) == 8


MATCHES = ("{ tenant: [t, u] }", "{ client: [web] }", "{ flags: { x: true } }")


def test_one_document_is_read_once_for_all_and_planned_once_for_each_profile(
    tmp_path: Path,
) -> None:
    """Tenants with other variants elsewhere share the plan of what they share."""
    other = BASE.replace("overview", "elsewhere")
    made = Project(
        tmp_path,
        {
            "overview": BASE,
            "elsewhere": other,
            "acme": variant("{ tenant: [acme] }").replace("overview", "elsewhere"),
        },
    )
    query = "{ overview(id: 1) { account } }"
    made.ask(query)
    made.ask(query, ACME_ASKS)
    ((_, operation),) = made.gateway.pipeline.preparing.operations.in_use()
    ((_, kept),) = operation.variants.items()
    assert len(kept.plans) == 1


# -- reloading ---------------------------------------------------------------------


def test_a_variant_that_breaks_keeps_its_last_good_version(project: Project) -> None:
    """And says so; its tenant is never given the base instead."""
    project.write("profiles/acme.yaml", ACME + "stepz: []\n")
    assert project.reload()
    assert project.gateway.current.stale == ("acme",)
    assert project.problems == ["acme:8: there is no key 'stepz' here"]
    assert project.ask("{ overview(id: 1) { disputes } }", ACME_ASKS)["data"] == {
        "overview": {"disputes": {"open": 2}}
    }


def test_a_base_that_breaks_a_variant_stays_below_it_as_it_was(
    project: Project,
) -> None:
    """The base's new version serves its own; a restart remembers both."""
    fresh = BASE.replace("  - { name: fraud, type: value, value: { score: 1 } }\n", "")
    project.write("profiles/overview.yaml", fresh)
    for _ in range(2):
        project.reload()
        (told,) = project.problems
        assert told == "acme:4: the base has no 'fraud' to remove"
        assert project.gateway.current.stale == ("acme",)
        assert project.ask("{ overview(id: 1) { account } }")["data"]
        assert project.told("{ overview(id: 1) { fraud } }")
        acme = project.ask("{ overview(id: 1) { account disputes } }", ACME_ASKS)
        assert acme["data"] == {
            "overview": {"account": {"name": "Ada"}, "disputes": {"open": 2}}
        }


def test_a_variant_without_a_good_version_is_unavailable_and_the_base_is_not_served(
    tmp_path: Path,
) -> None:
    """To those whom it names, and to nobody else."""
    broken = ACME.replace("remove: [fraud]", "remove: [nothing]")
    made = Project(tmp_path, {"overview": BASE, "acme": broken})
    query = "{ overview(id: 1) { account } }"
    assert made.ask(query)["data"] == {"overview": {"account": {"name": "Ada"}}}
    assert made.told(query, ACME_ASKS) == [
        "Operation 'overview' has no valid profile at the moment."
    ]
    assert made.gateway.health()["unavailable"] != []
    made.write("profiles/acme.yaml", ACME.replace("tenant:", "tennant:"))
    made.reload()  # whom it names is known from before
    assert made.told(query, ACME_ASKS) == [
        "Operation 'overview' has no valid profile at the moment."
    ]
    assert "errors" not in made.ask(query)


def test_where_nobody_can_tell_whom_it_serves_nobody_is_served(tmp_path: Path) -> None:
    """At the first start, when nothing is known from before."""
    broken = ACME.replace("tenant:", "tennant:")
    made = Project(tmp_path, {"overview": BASE, "acme": broken})
    assert made.told("{ overview(id: 1) { account } }") == [
        "Operation 'overview' has no valid profile at the moment."
    ]


def test_a_variant_that_is_being_written_takes_nothing_from_anybody(
    tmp_path: Path,
) -> None:
    """It is told, and those whom it names are served as before."""
    made = Project(tmp_path, {"overview": BASE})
    query = "{ overview(id: 1) { account } }"
    for text in ("extends: overview\n", ACME.replace("[fraud]", "[nothing]")):
        made.write("profiles/acme.yaml", text)
        assert made.reload()
        assert made.problems
        assert made.ask(query, ACME_ASKS)["data"]
    made.write("profiles/acme.yaml", ACME)
    assert made.reload()
    assert made.told("{ overview(id: 1) { fraud } }", ACME_ASKS)


def test_a_reload_of_a_variant_changes_what_its_callers_get_and_no_more(
    project: Project,
) -> None:
    """What is in use was planned for both before the swap."""
    query = "{ overview(id: 1) { account } }"
    for who in (WHO, ACME_ASKS):
        project.ask(query, who)
        project.ask(query, who)
    before = project.gateway.current.offered(WHO).profiles["overview"]
    changed = ACME + "  - { name: account, value: { name: Bea } }\n"
    project.write("profiles/acme.yaml", changed)
    assert project.reload()
    assert project.gateway.current.offered(WHO).profiles["overview"] is before
    assert project.ask(query)["data"] == {"overview": {"account": {"name": "Ada"}}}
    assert project.ask(query, ACME_ASKS)["data"] == {
        "overview": {"account": {"name": "Bea"}}
    }


def test_an_account_says_who_won_and_why_the_others_lost(project: Project) -> None:
    """With each condition and the request's own value."""
    current = project.gateway.current
    found = current.explained("overview", WHO._replace(tenant="globex"))
    assert found is not None
    assert [(v.name, v.chosen, v.why) for v in found.verdicts] == [
        ("acme", False, "tenant is globex, not acme"),
        ("overview", True, "no other profile matches"),
    ]
    assert found.hidden == ("Overview.disputes", "Query.overview(deep:)")
    acme = current.explained("overview", ACME_ASKS)
    assert acme is not None
    assert [v.why for v in acme.verdicts] == ["it matches", "acme matches"]
    origins = {k: v.rpartition("/")[2] for k, v in acme.origins.items()}
    assert origins["steps.account.value.name"] == "overview.yaml:5:44"
    assert origins["steps.disputes.name"] == "acme.yaml:7:7"
    assert current.explained("nothing", WHO) is None


def test_what_may_be_meant_is_looked_for_a_few_times(tmp_path: Path) -> None:
    """Each look holds one name against all others; the problems are all told."""
    files = {"overview": BASE}
    for n in range(60):
        text = variant(f"{{ tenant: [t{n}] }}").replace("overview", f"overvie{n:02}")
        files[f"v{n:02}"] = text
    made = Project(tmp_path, files)
    found = made.gateway.current.problems
    near = "did you mean 'overview'?"
    other = "name a profile: its 'profile', or its file's stem"
    assert [p.hint for p in found] == [near] * 50 + [other] * 10


def test_one_name_that_many_miss_is_looked_for_once(tmp_path: Path) -> None:
    """All of them are told what may be meant."""
    text = variant("{ tenant: [a] }").replace("overview", "overvie")
    made = Project(tmp_path, {"overview": BASE, **{f"v{n}": text for n in range(9)}})
    found = made.gateway.current.problems
    assert {p.hint for p in found} == {"did you mean 'overview'?"}
    assert len(found) == 9
