"""`headwater.yaml` → a deployment, or every problem with its place and its fix."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deployment import (
    AuthSettings,
    Deployment,
    RestSource,
    find_config,
    json_schema,
    load_deployment,
    unsafe,
)
from gateway.deployment.sources import SOURCE_TYPES, DuckDbSource
from gateway.errors import Problems
from gateway.profile.source import read
from tests.json_schema import Draft202012Validator

EXAMPLE = Path(__file__).parent / "examples" / "headwater.yaml"


class Files:
    """Deployment files in a folder, and what loading them says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems = Problems()

    def load(self, *texts: str, **environ: str) -> Deployment | None:
        paths = [self.folder / f"{name}.yaml" for name in "abc"[: len(texts)]]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text)
        return load_deployment(paths, environ, self.problems)

    def good(self, *texts: str, **environ: str) -> Deployment:
        made = self.load(*texts, **environ)
        assert self.said == []
        assert made is not None
        return made

    def wrong(self, *texts: str, **environ: str) -> list[str]:
        assert self.load(*texts, **environ) is None
        return self.said

    @property
    def said(self) -> list[str]:
        prefix = f"{self.folder}/"
        return [str(each).removeprefix(prefix) for each in self.problems.found]

    def rest(self, made: Deployment, name: str = "core") -> RestSource:
        source = made.sources[name]
        assert isinstance(source, RestSource)
        return source


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_without_a_file_profiles_and_schema_are_found_beside() -> None:
    """A new project needs no deployment file."""
    made = load_deployment([], {}, Problems())
    assert made is not None
    assert made.profiles.path == Path("profiles")
    assert made.schema_folder == Path("schema")
    assert (made.server.host, made.server.port) == ("127.0.0.1", 4000)
    assert made.sources == {}
    assert made.auth is None
    assert made.watched == (Path("profiles"), Path("schema"))


def test_every_key_that_works_is_read(files: Files) -> None:
    """Quantities are numbers, paths are absolute, headers are lower-case."""
    made = files.good("""
profiles: { path: ./p, watch: false, on_invalid: fail, state: ./.headwater }
schema: ./s
server: { host: 127.0.0.1, port: 0, workers: 2 }
defaults: { timeout: 1s }
sources:
  core:
    type: rest
    url: https://core.internal/v1
    headers: { x-entity: "${ request.tenant }", x-kind: plain }
    forward_headers: [Accept-Language]
    names: snake
    unwrap: data
    timeout: 300ms
    limits: { concurrency: 6, queue: 0, response: 2MB }
  warehouse: { type: duckdb, path: ./w.duckdb, files: [./data] }
auth: { trust_headers: true }
plan: { when: "'ops' in request.claims.roles" }
limits: { tokens: 10, depth: 5, body: 1MB, errors: 3 }
explorer: false
""")
    folder = files.folder
    assert made.profiles.path == folder / "p"
    assert made.profiles.state == folder / ".headwater"
    assert (made.profiles.watch, made.profiles.on_invalid) == (False, "fail")
    assert made.schema_folder == folder / "s"
    assert (made.server.port, made.server.workers) == (0, 2)
    assert made.defaults.timeout == 1.0
    core = files.rest(made)
    assert core.url == "https://core.internal/v1"
    assert core.forward_headers == ("accept-language",)
    assert (core.names, core.unwrap, core.timeout) == ("snake", "data", 0.3)
    limits = core.limits
    assert (limits.concurrency, limits.queue, limits.response) == (6, 0, 2_000_000)
    assert core.header_template is not None
    assert core.header_template({"request": {"tenant": "acme"}}) == {
        "x-entity": "acme",
        "x-kind": "plain",
    }
    warehouse = made.sources["warehouse"]
    assert isinstance(warehouse, DuckDbSource)
    assert warehouse.path == str(folder / "w.duckdb")
    assert warehouse.files == (folder / "data",)
    assert warehouse.header_template is None
    assert made.auth == AuthSettings(trust_headers=True)
    assert made.plan is not None
    assert made.plan.when == "'ops' in request.claims.roles"
    assert (made.limits.tokens, made.limits.depth, made.limits.errors) == (10, 5, 3)
    assert made.limits.body == 1_000_000
    assert made.explorer is False


def test_later_files_override_maps_merge_and_lists_are_replaced(files: Files) -> None:
    """`-c headwater.yaml -c prod.yaml`."""
    made = files.good(
        "server: { port: 1, workers: 3 }\nsources:\n"
        "  core: { url: http://a, forward_headers: [x, y] }\n"
        "  more: { url: http://more }\n",
        "server: { port: 2 }\nsources:\n  core: { forward_headers: [z] }\n",
    )
    assert (made.server.port, made.server.workers) == (2, 3)
    core = files.rest(made)
    assert (core.url, core.forward_headers) == ("http://a", ("z",))
    assert list(made.sources) == ["core", "more"]


def test_a_problem_names_the_file_that_decided_the_value(files: Files) -> None:
    """Of two files it is the one whose value counts."""
    said = files.wrong(
        "server: { port: 1, hots: x }\nlimits: { depth: 0 }",
        "server: { port: true }",
    )
    assert said == [
        "b.yaml:1:17: a whole number is wanted — write a number",
        "a.yaml:1:20: there is no key 'hots' here — did you mean 'hosts'?",
        "a.yaml:2:18: 'depth': this must be at least 1 — write 1",
    ]


def test_variables_defaults_and_files_fill_values(files: Files) -> None:
    """Anywhere in a text, and numbers too; the file's last newline does not count."""
    (files.folder / "token").write_text("s3cret\n")
    made = files.good(
        "server: { port: '${PORT}', workers: '${WORKERS:-2}' }\n"
        "explorer: ${EXPLORER:-false}\n"
        "sources:\n  core:\n    url: 'http://${HOST:-localhost}:${PORT}/$${x}'\n"
        "    headers: { authorization: 'Bearer ${file:./token}' }\n",
        PORT="80",
    )
    assert (made.server.port, made.server.workers, made.explorer) == (80, 2, False)
    core = files.rest(made)
    assert core.url == "http://localhost:80/${x}"
    assert core.headers == {"authorization": "Bearer s3cret"}
    assert made.files == (files.folder / "a.yaml", files.folder / "token")
    assert made.watched == (
        *made.files,
        files.folder / "profiles",
        files.folder / "schema",
    )


@pytest.mark.parametrize(
    ("written", "workers"),
    [("3", 3), ("auto", "auto"), ("${N:-auto}", "auto"), ("${N:-2}", 2)],
)
def test_workers_are_a_number_or_auto(
    files: Files, written: str, workers: int | str
) -> None:
    """How many `auto` is, the process finds out that starts them."""
    assert files.good(f"server: {{ workers: '{written}' }}").server.workers == workers


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0", "1:20: this must be at least 1 — write 1, or auto"),
        ("many", "a whole number is wanted — write a number"),
    ],
)
def test_no_workers_are_refused(files: Files, written: str, said: str) -> None:
    """At the place where they stand."""
    (problem,) = files.wrong(f"server: {{ workers: {written} }}")
    assert problem.endswith(said)


def test_what_comes_from_outside_is_never_an_expression(files: Files) -> None:
    """A secret that looks like a template is sent as it is."""
    made = files.good(
        "sources: { core: { url: http://a, headers: { a: '${T}', b: '$${T}' } } }",
        T="${ request.tenant }",
    )
    template = files.rest(made).header_template
    assert template is not None
    assert template({"request": {"tenant": "acme"}}) == {
        "a": "${ request.tenant }",
        "b": "${T}",
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "schema: ${NOPE}",
            (
                "a.yaml:1:9: the environment variable NOPE is not set — "
                "set it, or give a default: ${NOPE:-...}"
            ),
        ),
        (
            "server:\n  port: ${PROT}",
            (
                "a.yaml:2:9: the environment variable PROT is not set — "
                "did you mean 'PORT'? set it, or give a default: ${PROT:-...}"
            ),
        ),
        (
            "schema: ${file:./nope}",
            (
                "a.yaml:1:9: the file ./nope cannot be read: No such file or "
                "directory — the path is relative to this file; create it, or "
                "mount the secret"
            ),
        ),
        (
            "schema: ${ request.tenant }",
            (
                "a.yaml:1:9: an expression cannot stand here — "
                "write ${NAME} for a variable"
            ),
        ),
        (
            "sources: { a: { url: http://a, headers: { x: '${request.tenant}' } } }",
            (
                "a.yaml:1:46: ${request.tenant} is neither a variable nor an "
                "expression — write ${ request.tenant } for an expression"
            ),
        ),
        (
            "sources: { a: { url: http://a, headers: { x: '${ args.id }' } } }",
            (
                "a.yaml:1:46: 'args' cannot be read in a source's headers — "
                "they may read 'request' only"
            ),
        ),
        (
            'sources: { a: { url: http://a, headers: { "x y": b } } }',
            "a.yaml:1:50: 'x y' is not a header's name — write x-request-id",
        ),
        (
            "sources: { a: { url: http://a, headers: { Upgrade: b } } }",
            (
                "a.yaml:1:52: 'Upgrade' belongs to the connection and is set by the "
                "gateway — remove it"
            ),
        ),
        (
            'sources: { a: { url: http://a, headers: { x: "s3cret\\n" } } }',
            (
                "a.yaml:1:46: the value of 'x' holds a line break or control "
                "character — write it in one line"
            ),
        ),
        (
            "sources: { a: { url: http://a, forward_headers: [Host] } }",
            ("a.yaml:1:50: 'Host' belongs to the caller's own connection — remove it"),
        ),
        (
            "sources: { a: { url: http://a, forward_headers: [a b] } }",
            "a.yaml:1:50: this is no header's name — write x-request-id",
        ),
        (
            "plan: { when: request.claims.role = 'ops' }",
            (
                "a.yaml:1:15: unexpected '=' — "
                "comparison is `==`; an expression assigns nothing"
            ),
        ),
        (
            "plan:\n  when: args.id == 1",
            (
                "a.yaml:2:9: 'args' cannot be read here — "
                "it may read 'request' and 'flags'"
            ),
        ),
        (
            "sources: { a: { type: ducdb } }",
            "a.yaml:1:23: there is no source type 'ducdb' — did you mean 'duckdb'?",
        ),
        (
            "sources: { a: { type: stream } }",
            (
                "a.yaml:1:23: there is no source type 'stream' — "
                f"the types are {', '.join(SOURCE_TYPES)}"
            ),
        ),
        (
            "sources: { a: { url: { eu: http://a } } }",
            (
                "a.yaml:1:22: nothing says which of these URLs a call goes to — "
                "add pick: request.claims.residency"
            ),
        ),
        (
            "sources: { a: {} }",
            "a.yaml:1:12: the key 'url' is missing in 'a' — add 'url: ...'",
        ),
        (
            "sources: { a: { url: a.internal } }",
            "a.yaml:1:22: this is no http URL — write https://accounts.internal",
        ),
        (
            "sources: { a: http://a }",
            "a.yaml:1:15: a source is a map of keys — write a: { url: https://... }",
        ),
        (
            "sources: { a: { url: http://a, names: snek } }",
            (
                "a.yaml:1:39: 'names': 'snek' is not one of verbatim, snake — "
                "did you mean 'snake'?"
            ),
        ),
        (
            "sources: ./nowhere",
            (
                "a.yaml:1:10: there is no such directory of sources — "
                "create it with a file for each source, or write a map of sources"
            ),
        ),
        ("auth: nun", "a.yaml:1:7: 'auth': 'nun' is not one of none — write none"),
        (
            "profile: ./p",
            "a.yaml:1:1: there is no key 'profile' here — did you mean 'profiles'?",
        ),
        (
            "defaults: { timeout: 500 }",
            "a.yaml:1:22: a duration needs a unit — write 500ms",
        ),
    ],
)
def test_a_wrong_value_is_shown_with_its_fix(
    files: Files, text: str, problem: str
) -> None:
    """One mistake is one problem: what could not be filled is not also of no shape."""
    assert files.wrong(text, PORT="1") == [problem]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """A mistyped `-c` says which file it means."""
    problems = Problems()
    path = tmp_path / "nope.yaml"
    assert load_deployment([path], {}, problems) is None
    assert [str(each) for each in problems.found] == [
        (
            f"{path}:1:1: the file {path} cannot be read: No such file or directory — "
            "name a file that exists: -c headwater.yaml"
        )
    ]


def test_sources_may_be_a_directory_with_a_file_for_each(files: Files) -> None:
    """Its name is the file's stem; paths are relative to it; all are watched."""
    folder = files.folder / "sources"
    folder.mkdir()
    (folder / "core.yaml").write_text("url: ${CORE}\n")
    (folder / "wh.yaml").write_text("type: duckdb\npath: ./w.duckdb\n")
    made = files.good(
        "sources: ./sources",
        "sources: { core: { unwrap: data } }",
        CORE="http://core",
    )
    core = files.rest(made)
    assert (core.url, core.unwrap) == ("http://core", "data")
    warehouse = made.sources["wh"]
    assert isinstance(warehouse, DuckDbSource)
    assert warehouse.path == str(folder / "w.duckdb")
    assert made.files == (
        files.folder / "a.yaml",
        folder,
        folder / "core.yaml",
        folder / "wh.yaml",
        files.folder / "b.yaml",
    )


def test_a_problem_in_a_source_file_stands_in_that_file(files: Files) -> None:
    """Not in the file that names the directory."""
    folder = files.folder / "sources"
    folder.mkdir()
    (folder / "core.yaml").write_text("url: http://core\nunwarp: data\n")
    assert files.wrong("sources: ./sources") == [
        "sources/core.yaml:2:1: there is no key 'unwarp' here — did you mean 'unwrap'?"
    ]


def test_the_documented_example_says_what_this_version_does_not_do() -> None:
    """What should protect is an error, anything else a warning; nothing is silent."""
    problems = Problems()
    assert load_deployment([EXAMPLE], {}, problems) is None
    at = {f"{p.span.line}:{p.span.column} {p.message}" for p in problems.errors}
    assert at == {
        "11:92 the file /run/secrets/core cannot be read: No such file or directory",
        "12:12 the file ca.pem cannot be read: No such file or directory",
    }
    warned = [p for p in problems.found if p not in problems.errors]
    assert warned == []


def test_the_documented_example_fits_the_json_schema() -> None:
    """The schema knows every key, and references where values are restricted."""
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    document = read(EXAMPLE.read_text(), "h.yaml", Problems())
    assert document is not None
    assert [error.message for error in validator.iter_errors(document.data)] == []
    assert validator.is_valid({"server": {"port": "${PORT:-4000}"}})
    assert not validator.is_valid({"server": {"port": "many"}})
    assert not validator.is_valid({"server": {"prot": 1}})


def test_a_warning_does_not_keep_a_deployment_from_loading(files: Files) -> None:
    """A share of traces that go nowhere is one of nothing."""
    made = files.load("flags: { path: ./flags.json }\ntelemetry: { sample: 5% }")
    assert made is not None
    assert made.flags is not None
    assert made.flags.path == files.folder / "flags.json"
    said = "'sample' is accepted, but has no effect without 'otlp'"
    assert files.said == [f"a.yaml:2:14: {said}"]


SECRETS = """
schema: ${SECRET}
server: { port: "${SECRET}", host: "${SECRET}" }
defaults: { timeout: "${SECRET}" }
sources:
  a: { url: "${SECRET}", names: "${SECRET}", headers: { x: "${SECRET}" } }
  b: { type: "${SECRET}" }
  c: { type: duckdb, path: "${SECRET}", limits: { concurrency: "${SECRET}" } }
auth: "${SECRET}"
"""


def test_no_problem_shows_what_came_from_outside(files: Files) -> None:
    """Wherever a secret stands by mistake, the message is about its place only."""
    said = files.wrong(SECRETS, SECRET="hunter2")
    assert len(said) >= 6
    assert "hunter2" not in "\n".join(said)


def test_no_repr_shows_what_came_from_outside(files: Files) -> None:
    """A deployment may be logged."""
    made = files.good(
        "sources: { a: { url: 'http://${S}', headers: { x: '${S}' }, unwrap: '${S}' },"
        " w: { type: duckdb, path: '${S}' } }\nserver: { host: '${S}' }",
        S="hunter2",
    )
    assert "hunter2" not in repr(made) + str(made) + repr(made.sources["a"])


def test_a_source_digest_changes_with_its_own_settings_only(files: Files) -> None:
    """A reload keeps the connections of a source that it does not touch."""
    text = (
        "sources: { a: { url: 'http://a', headers: { x: '${S}' } },"
        " b: { url: 'http://b' } }"
    )
    one = files.good(text, S="1").source_digests
    two = files.good(text, S="2").source_digests
    same = files.good(text + "\nserver: { port: 1 }", S="2").source_digests
    assert one["a"] != two["a"]
    assert one["b"] == two["b"]
    assert two == same
    assert one["a"] != one["b"]


def test_config_files_are_found_by_option_variable_or_name(tmp_path: Path) -> None:
    """An option beats the environment, which beats the file in the folder."""
    assert find_config([], {}, tmp_path) == []
    (tmp_path / "headwater.yaml").write_text("explorer: true")
    environ = {"HEADWATER_CONFIG": "x.yaml:y.yaml"}
    assert find_config([], {}, tmp_path) == [tmp_path / "headwater.yaml"]
    assert find_config([], environ, tmp_path) == [
        tmp_path / "x.yaml",
        tmp_path / "y.yaml",
    ]
    assert find_config(["a.yaml", "/b.yaml"], environ, tmp_path) == [
        tmp_path / "a.yaml",
        Path("/b.yaml"),
    ]


@pytest.mark.parametrize(
    ("auth", "host", "safe"),
    [
        (None, "127.0.0.1", True),
        (None, "localhost", True),
        (None, "::1", True),
        (None, "0.0.0.0", False),  # noqa: S104
        (None, "gateway.internal", False),
        ("none", "0.0.0.0", True),  # noqa: S104
        (AuthSettings(trust_headers=True), "127.0.0.1", True),
        (AuthSettings(trust_headers=True), "10.0.0.1", False),
    ],
)
def test_listening_beyond_loopback_needs_a_decision(
    auth: object, host: str, safe: bool
) -> None:
    """`auth: none` is that decision; trusted headers are for loopback."""
    deployment = Deployment(auth=auth)  # type: ignore[arg-type]
    assert (unsafe(deployment, host) is None) is safe


TEXTS = st.text(alphabet="sourceurlpathtypeauth:{}[]-${}~.\n ,'\"01", max_size=60)


@given(TEXTS)
def test_no_text_makes_loading_raise(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """A deployment, or at least one problem."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text)
    problems = Problems()
    made = load_deployment([path], {}, problems)
    assert (made is None) == bool(problems.errors)


TO_THE_BOUNDS = "write a 'min' up to 2, or a greater 'concurrency'"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "limits: { concurrency: 2, adaptive: { min: 3 } }",
            f"a.yaml:4:31: at least 3 calls at a time, and at most 2 — {TO_THE_BOUNDS}",
        ),
        (
            "limits: { adaptive: { least: 3 } }",
            "a.yaml:4:27: there is no key 'least' here — the keys here are min",
        ),
        (
            "limits: { adaptive: 3 }",
            "a.yaml:4:25: true or false is wanted — write true or false",
        ),
        (
            "deadline_header: 'x left'",
            "a.yaml:4:22: this is no header's name — write x-request-timeout-ms",
        ),
        (
            "deadline_header: Authorization",
            "a.yaml:4:22: 'Authorization' means something else — choose another name",
        ),
    ],
)
def test_limits_that_cannot_hold_are_told_at_their_place(
    files: Files, keys: str, said: str
) -> None:
    """With the fix."""
    text = f"sources:\n  core:\n    url: http://core\n    {keys}\n"
    assert files.wrong(text) == [said]


def test_the_names_of_headers_are_lower_case(files: Files) -> None:
    """As all headers are inside."""
    made = files.good("sources: { core: { url: 'http://c', deadline_header: X-Left } }")
    assert files.rest(made).deadline_header == "x-left"


def test_a_kind_of_source_is_imported_when_a_deployment_has_it(
    tmp_path: Path,
) -> None:
    """The models of all sixteen take as long as reading a deployment."""
    config = tmp_path / "headwater.yaml"
    config.write_text("sources: { a: { url: http://a }, b: { url: redis://b } }")
    code = (
        "import sys; from pathlib import Path; from gateway.errors import Problems;"
        "from gateway.deployment import load_deployment;"
        f"load_deployment([Path({str(config)!r})], {{}}, Problems());"
        "from gateway.deployment.sources.kinds import BUILT_IN;"
        "print(sorted(n for n, k in BUILT_IN.items()"
        " if f'gateway.deployment.sources.{k.module}' in sys.modules))"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said == "['redis', 'rest']\n"
