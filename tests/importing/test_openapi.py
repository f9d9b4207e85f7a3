"""A project from an OpenAPI description: what becomes of each thing it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway.errors import Severity
from gateway.testing.runner import run_profile_tests
from tests.cli.conftest import write
from tests.importing.conftest import DESCRIBED, Import, problems, texts

BANK = DESCRIBED / "bank.yaml"
SHOP = DESCRIBED / "shop.json"


def imported(run: Import, file: Path, into: Path, *options: str) -> dict[str, str]:
    """The files that an import writes."""
    result = run("openapi", file, "--into", into, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return texts(into)


@pytest.mark.parametrize("file", [BANK, SHOP], ids=lambda file: file.name)
@pytest.mark.parametrize("options", [(), ("--mutations", "--entities")], ids=str)
def test_what_is_imported_loads(
    file: Path, options: tuple[str, ...], run: Import, tmp_path: Path
) -> None:
    """Every import is a project without an error, whatever was asked for."""
    imported(run, file, tmp_path, *options)
    assert [p for p in problems(tmp_path) if p.severity is Severity.ERROR] == []


def test_an_operation_is_a_field_and_a_step(run: Import, tmp_path: Path) -> None:
    """Short forms, nothing that says what holds anyway, comments only if needed."""
    files = imported(run, BANK, tmp_path)
    assert files["profiles/bank/accounts/accountsList.yaml"] == (
        "language: 1\n"
        "operation: accountsList\n"
        "steps:\n"
        "  - name: accountsList\n"
        "    source: bank\n"
        "    endpoint: /accounts\n"
        "    query:\n"
        "      status: \"${ status == null ? null : status.join(',') }\"\n"
        '      "filter[city]": "${ filter.?city.orValue(null) }"\n'
        '    headers: { X-Request-Id: "${ X_Request_Id }" }\n'
        "    select: response.body.items\n"
        "    paginate:\n"
        "      style: cursor\n"
        "      param: cursor\n"
        "      next: response.body.meta.next_cursor\n"
        "      size: 50\n"
        "      size_param: limit\n"
        "      total: response.body.meta.total\n"
        "      first: first\n"
    )
    assert files["profiles/bank/accounts/getAccount.yaml"] == (
        "language: 1\n"
        "operation: getAccount\n"
        "steps:\n"
        "  - name: getAccount\n"
        "    source: bank\n"
        "    endpoint: /accounts/{account_id}\n"
        "    on_status: { 404: null }\n"
    )
    assert files["schema/bank/accounts.graphql"] == (
        "extend type Query {\n"
        '  "All accounts."\n'
        "  accountsList(\n"
        "    status: [Status!]\n"
        "    filter: AccountsListFilterInput\n"
        "    X_Request_Id: ID\n"
        "    first: Int\n"
        "  ): [Account!]\n"
        "  getAccount(account_id: ID!): Account\n"
        "}\n\n"
        '"How it is."\nenum Status {\n  open\n  IN_PROGRESS\n  _TRUE\n}\n\n'
        "input AccountsListFilterInput {\n  city: String\n}\n\n"
        '"What money lies on."\n'
        "type Account {\n"
        "  id: ID!\n"
        "  openedOn: Date!\n"
        "  balance: Decimal!\n"
        "  nick: String\n"
        "  sort_code: String\n"
        "  status: Status\n"
        "  parent: Account\n"
        "  limits: JSON\n"
        "  odd: JSON\n"
        "}\n"
    )
    assert files["schema/bank/cards.graphql"] == (
        "extend type Query {\n  cards: [Card!] @deprecated\n}\n\n"
        "union Card = Credit | Debit\n\n"
        "type Credit {\n  kind: String!\n  accountId: ID!\n  limit: Float\n}\n\n"
        "type Debit {\n  kind: String!\n  issuedAt: DateTime\n}\n"
    )


def test_the_source_has_the_words_and_the_credentials(
    run: Import, tmp_path: Path
) -> None:
    """Secrets are names of the environment; enums are in the source's own words."""
    files = imported(run, BANK, tmp_path)
    assert files["headwater.yaml"] == (
        "sources:\n"
        "  bank:\n"
        "    url: https://eu.bank.example/v1\n"
        "    auth:\n"
        "      oauth2:\n"
        "        token_url: https://idp.bank.example/token\n"
        '        client_id: "${BANK_CLIENT_ID:-unset}"\n'
        '        client_secret: "${BANK_CLIENT_SECRET:-unset}"\n'
        "        scopes: [accounts.read]\n"
        '    enums: { Status: { in-progress: IN_PROGRESS, "true": _TRUE } }\n'
    )


def test_swagger_2_is_read_alike(run: Import, tmp_path: Path) -> None:
    """Host, definitions, collection formats, forms, and a Link in the answer."""
    files = imported(run, SHOP, tmp_path, "--mutations")
    assert files["headwater.yaml"] == (
        "sources:\n"
        "  shop:\n"
        "    url: https://shop.example/api\n"
        '    headers: { X-Key: "${SHOP_API_KEY:-unset}" }\n'
    )
    assert files["profiles/shop/items.yaml"].partition("steps:\n")[2] == (
        "  - name: items\n"
        "    source: shop\n"
        "    endpoint: /items\n"
        "    query: { tags: \"${ tags == null ? null : tags.join('|') }\" }\n"
        "    paginate: { style: link, size: 30, size_param: per_page, first: first }\n"
    )
    assert files["profiles/shop/addItem.yaml"].partition("steps:\n")[2] == (
        "  - name: addItem\n"
        "    source: shop\n"
        "    method: POST\n"
        "    endpoint: /items\n"
        '    form: { title: "${ input.?title.orValue(null) }",'
        ' count: "${ input.?count.orValue(null) }" }\n'
        '    select: "true"\n'
    )


def test_the_summary_tells_what_is_not_there(run: Import, tmp_path: Path) -> None:
    """By reason, with how many there are, and what would give more."""
    said = run("openapi", BANK, "--into", tmp_path).stdout
    words = " ".join(said.split())
    assert "Bank API (OpenAPI 3.1): 4 operations, 6 types, 8 files" in words
    assert "changes something: --mutations" in words
    assert "it answers text/csv 1 GET /report" in words
    assert "set BANK_CLIENT_SECRET in the environment" in words
    assert "--entities would give Credit.account: Account" in words


def test_what_is_imported_answers(run: Import, tmp_path: Path) -> None:
    """Pages, enums in the source's words, unions, keys that are no names, a join."""
    imported(run, BANK, tmp_path, "--entities")
    write(
        tmp_path / "profiles/bank.test.yaml",
        """
        operation: accountsList
        cases:
          - name: pages, words, keys
            query: "{ accountsList(first: 2, status: [open]) { id sort_code status } }"
            replies:
              accountsList:
                - body:
                    items: [{ id: a, sort-code: x, status: in-progress }]
                    meta: { next_cursor: p }
                - { body: { items: [{ id: b, status: open }], meta: {} } }
            expect:
              requests:
                accountsList:
                  - { url: "/accounts?status=open&limit=50" }
                  - { url: "/accounts?status=open&cursor=p&limit=50" }
              data:
                accountsList:
                  - { id: a, sort_code: x, status: IN_PROGRESS }
                  - { id: b, sort_code: null, status: open }
        """,
    )
    write(
        tmp_path / "profiles/cards.test.yaml",
        """
        operation: cards
        cases:
          - name: a union's key decides, and its account is looked up
            query: "{ cards { __typename ... on Credit { limit account { id } } } }"
            replies:
              cards:
                body: [{ kind: credit, accountId: a, limit: 5 }, { kind: debit }]
              account: { body: { id: a } }
            expect:
              requests: { account: [{ url: /accounts/a }] }
              data:
                cards:
                  - { __typename: Credit, limit: 5.0, account: { id: a } }
                  - { __typename: Debit }
        """,
    )
    report = run_profile_tests((), [tmp_path / "headwater.yaml"], {})
    assert str(report).splitlines()[-1] == "2 passed, 0 failed", str(report)


# -- beside what is there --------------------------------------------------------------


def test_nothing_is_written_over(run: Import, tmp_path: Path) -> None:
    """Until somebody says --force; the source in headwater.yaml stays even then."""
    imported(run, SHOP, tmp_path)
    config = tmp_path / "headwater.yaml"
    config.write_text(
        "# ours\nsources:\n    # the shop\n    shop: { url: http://a.b }\n"
    )
    again = run("openapi", SHOP, "--into", tmp_path)
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)
    before = texts(tmp_path)
    assert run("openapi", SHOP, "--into", tmp_path, "--force").exit_code == 0
    assert texts(tmp_path) == before


def test_a_source_is_added_to_those_there_are(run: Import, tmp_path: Path) -> None:
    """Everything else of the file, comments too, stays as it is."""
    config = tmp_path / "headwater.yaml"
    config.write_text(
        "sources:\n    # the core\n    core: { url: http://a.b }\nserver: { port: 1 }\n"
    )
    imported(run, SHOP, tmp_path)
    assert config.read_text() == (
        "sources:\n"
        "    shop:\n"
        "      url: https://shop.example/api\n"
        '      headers: { X-Key: "${SHOP_API_KEY:-unset}" }\n'
        "    # the core\n    core: { url: http://a.b }\nserver: { port: 1 }\n"
    )
    assert problems(tmp_path) == ()


def test_types_and_operations_of_others_are_not_taken(
    run: Import, tmp_path: Path
) -> None:
    """Two owners of a name would break what works already."""
    (tmp_path / "headwater.yaml").write_text(
        "sources: {}\n".replace("sources: {}", "explorer: true")
    )
    write(tmp_path / "schema/mine.graphql", "type Item { id: ID }")
    result = run("openapi", SHOP, "--into", tmp_path)
    assert (result.exit_code, "Item" in result.stderr) == (1, True)
    (tmp_path / "schema/mine.graphql").unlink()
    write(tmp_path / "profiles/mine.yaml", "language: 1\noperation: item")
    result = run("openapi", SHOP, "--into", tmp_path)
    assert result.stderr.startswith("error: operation item is there already, in ")
    assert list(texts(tmp_path)) == ["headwater.yaml", "profiles/mine.yaml"]


# -- bad input -------------------------------------------------------------------------

BAD = {
    "truncated": ('{"openapi": "3.0.0",\n "paths": {', ":2:12: this is no JSON"),
    "no description": ('{"a": 1}', ":1:1: this is no OpenAPI: it has neither"),
    "a list": ("[1]", ":1:1: the file is not a map of keys"),
    "a version": (
        '{"swagger": "1.2", "paths": {}}',
        ":1:2: swagger '1.2' is not known",
    ),
    "no paths": ('{"openapi": "3.1.0"}', "the description has no paths"),
    "nothing to call": (
        '{"openapi": "3.0.1", "paths": {"/a": {"post": {"responses": {}}}}}',
        "no operation of it can be imported",
    ),
    "broken YAML": ("openapi: 3.0.0\npaths: [", ":3:1: YAML cannot read this"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_writes_nothing(
    text: str, said: str, run: Import, tmp_path: Path
) -> None:
    """What is wrong, and where; no file is there afterwards."""
    file = tmp_path / "api.json"
    file.write_text(text)
    result = run("openapi", file, "--into", tmp_path / "out")
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_circles_and_lost_references_are_json(run: Import, tmp_path: Path) -> None:
    """A circle of references, of `allOf`, of unions, a file beyond the folder."""
    schemas = {
        "A": {"$ref": "#/components/schemas/B"},
        "B": {"$ref": "#/components/schemas/A"},
        "C": {"allOf": [{"$ref": "#/components/schemas/C"}]},
        "D": {"oneOf": [{"$ref": "#/components/schemas/D"}, {"type": "string"}]},
        "Query": {
            "type": "object",
            "required": ["self"],
            "properties": {
                "a": {"$ref": "#/components/schemas/A"},
                "c": {"$ref": "#/components/schemas/C"},
                "d": {"$ref": "#/components/schemas/D"},
                "out": {"$ref": "../../etc/passwd.yaml#/x"},
                "far": {"$ref": "https://far.example/x.json"},
                "self": {"$ref": "#/components/schemas/Query"},
                "odd": {"type": "thing"},
                "__x": {"type": "string"},
                "": {"type": "string"},
                "list": {"type": "array"},
            },
        },
    }
    schema = {"$ref": "#/components/schemas/Query"}
    content = {"content": {"application/json": {"schema": schema}}}
    answer = {"200": {"description": "", **content}}
    paths = {
        "/q": {
            "get": {"operationId": "q", "responses": answer},
            "post": {
                "operationId": "q",
                "requestBody": {"required": True, **content},
                "responses": answer,
            },
        },
        "/{lost}": {"get": {"responses": answer}},
        "/ref": {"$ref": "#/nowhere"},
    }
    raw = {"openapi": "3.0.0", "paths": paths, "components": {"schemas": schemas}}
    file = tmp_path / "api.json"
    file.write_text(json.dumps(raw))
    files = imported(run, file, tmp_path / "out", "--mutations")
    assert problems(tmp_path / "out") == ()
    sdl = files["schema/api.graphql"]
    assert "type QueryType {\n  a: JSON\n  c: JSON\n  d: JSON\n  out: JSON\n" in sdl
    assert "  self: QueryType!\n" in sdl
    assert "  self: QueryTypeInput\n" in sdl
    assert "  q2(input: QueryTypeInput!): QueryType\n" in sdl


def test_options_that_cannot_be_meant(run: Import, tmp_path: Path) -> None:
    """They are refused before anything is read."""
    for arguments, said in (
        ((tmp_path / "none.json",), "there is no "),
        ((SHOP, "--source", "a b"), "'a b' is no name of a source"),
        ((SHOP, "--url", "ftp://x"), "'ftp://x' is no http URL"),
    ):
        result = run("openapi", *arguments, "--into", tmp_path)
        assert (result.exit_code, said in result.stderr) == (2, True)
    assert texts(tmp_path) == {}


def test_a_project_begins_with_a_description(tmp_path: Path) -> None:
    """`headwater init --from` is an import into a folder of its own."""
    from typer.testing import CliRunner

    from gateway.cli.main import app

    shutil.copy(SHOP, tmp_path / "shop.json")
    into, given = str(tmp_path / "new"), str(tmp_path / "shop.json")
    result = CliRunner().invoke(app, ["init", into, "--from", given])
    assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(texts(tmp_path / "new")) == [
        ".gitignore",
        "headwater.yaml",
        "profiles/shop/item.yaml",
        "profiles/shop/items.yaml",
        "schema/shop.graphql",
    ]
    assert problems(tmp_path / "new") == ()
    again = CliRunner().invoke(app, ["init", into, "--from", given])
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)


@pytest.mark.parametrize("name", ["x key", "Host", "", "x-${HOME}"])
def test_a_key_that_no_header_can_carry_is_left_out(
    run: Import, tmp_path: Path, name: str
) -> None:
    """And told; everything else of the description is there."""
    raw = json.loads(SHOP.read_text())
    raw["securityDefinitions"] = {"key": {"type": "apiKey", "in": "header"}}
    raw["securityDefinitions"]["key"]["name"] = name
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(raw))
    result = run("openapi", file, "--into", tmp_path / "out", "--source", "shop")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "credentials (key)" in result.stdout
    assert "headers" not in (tmp_path / "out" / "headwater.yaml").read_text()


def test_a_description_reads_nothing_of_the_readers_own(
    run: Import, tmp_path: Path
) -> None:
    """What looks like a variable or a file in a description is text, or left out."""
    raw = json.loads(SHOP.read_text())
    raw["host"] = "evil.example/${file:/etc/hostname}"
    raw["securityDefinitions"]["key"]["name"] = "x-${HOME}"
    state = raw["definitions"]["Item"]["properties"]["state"]
    state["enum"] = ["new", "${HOME}"]
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(raw))
    files = imported(run, file, tmp_path / "out", "--source", "shop")
    assert files["headwater.yaml"] == (
        "sources:\n"
        "  shop:\n"
        "    url: http://127.0.0.1:8080\n"
        '    enums: { ItemState: { "${HOME}": HOME } }\n'
    )
