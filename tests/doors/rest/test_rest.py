"""Operations as HTTP resources, asked over real HTTP."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.serving import raw

BERN = [
    {"id": "1", "city": "Bern", "desks": 4, "kind": "MAIN"},
    {"id": "2", "city": "Bern", "desks": 1, "kind": "SMALL"},
]
ADA = {"id": "7", "name": "Ada", "city": "Bern"}
AWAY = "UPSTREAM_UNREACHABLE"
GRAPHQL = "application/graphql-response+json"
JSON = {"content-type": "application/json"}


def problem(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and detail of a problem, whose form is checked."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:headwater:problem:{told['code']}"
    assert told["instance"] == f"urn:headwater:request:{answer.headers['x-request-id']}"
    return answer.status_code, told["code"], told["detail"]


def test_the_body_is_the_value_of_the_operation_with_its_usual_fields(
    api: httpx.Client,
) -> None:
    """No envelope; and a header says that nothing is missing."""
    answer = api.get("/customer", params={"id": "7"})
    assert (answer.status_code, answer.json()) == (200, ADA)
    assert answer.headers["headwater-completeness"] == "whole"
    assert "headwater-errors" not in answer.headers


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ("name", ["name"]),
        ("name,city", ["name", "city"]),
        (" name , name ", ["name"]),
        ("*", ["id", "name", "city"]),
        ("Customer:name", ["name"]),
        ("__typename,id", ["__typename", "id"]),
    ],
)
def test_fields_are_the_wanted_ones(
    api: httpx.Client, fields: str, keys: list[str]
) -> None:
    """In the order of the wishes, each once."""
    answer = api.get("/customer", params={"id": "7", "fields": fields})
    assert [*answer.json()] == keys


@pytest.mark.parametrize(
    ("fields", "at", "detail"),
    [
        (
            "nam",
            1,
            "'fields' has 'nam': Customer has no field 'nam' (did you mean 'name'?).",
        ),
        ("id,name.x", 9, "'fields' has 'name.x': String has no fields."),
        (
            "name(a:1)",
            1,
            "'fields' has 'name': 'name' takes no argument 'a'.",
        ),
        (
            "Branch:name",
            1,
            "'fields' has 'name': a Customer is never a Branch.",
        ),
        (
            "name,",
            6,
            "'fields' cannot be read at character 6: a name is wanted, not the end.",
        ),
        (
            "name(",
            5,
            "'fields' cannot be read at character 5: the parenthesis is not closed.",
        ),
        ("name id", 6, "'fields' cannot be read at character 6: 'i' follows 'name'."),
    ],
)
def test_fields_that_cannot_be_met_are_told_with_their_place(
    api: httpx.Client, fields: str, at: int, detail: str
) -> None:
    """400; the position counts characters of the parameter's value from 1."""
    answer = api.get("/customer", params={"id": "7", "fields": fields})
    assert problem(answer) == (400, "BAD_USER_INPUT", detail)
    assert answer.json()["position"] == at
    assert answer.json()["parameter"] == "fields"


@pytest.mark.parametrize("fields", ["x" * 30_000, "a." * 9_000 + "a", "(" * 9_000])
def test_fields_beyond_measure_are_the_callers_fault(
    api: httpx.Client, fields: str
) -> None:
    """Long, deep, or full of parentheses."""
    assert problem(api.get(f"/customer?id=7&fields={fields}"))[0] == 400


def test_a_url_beyond_measure_is_414_and_the_next_request_is_served(
    api: httpx.Client,
) -> None:
    """By its length alone; what is longer still, the server refuses to read."""
    asked = b"GET /api/customer?id=7&fields=" + b"a" * 64_500
    assert api.base_url.port
    told = raw(api.base_url.port, asked + b" HTTP/1.1\r\nhost: localhost\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 414 ")
    assert api.get("/customer?id=7").json() == ADA


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("desks=x", "The parameter 'desks' does not fit: 'x' is no whole number."),
        ("desks=", "The parameter 'desks' does not fit: '' is no whole number."),
        (
            "desks=3000000000",
            "The parameter 'desks' does not fit: 3000000000 is beyond 32 bits.",
        ),
        (
            "open=maybe",
            "The parameter 'open' does not fit: 'maybe' is neither true nor false.",
        ),
        (
            "kind=BIG",
            "The parameter 'kind' does not fit: 'BIG' is none of MAIN, SMALL.",
        ),
        (
            "city=a&city=b",
            (
                "The parameter 'city' does not fit: it is given more than once, and is"
                " no list."
            ),
        ),
        ("citi=a", "There is no parameter 'citi' (did you mean 'city'?)."),
    ],
)
def test_an_argument_that_does_not_fit_is_named(
    api: httpx.Client, query: str, detail: str
) -> None:
    """By type, before anything runs."""
    assert problem(api.get(f"/branches?{query}")) == (400, "BAD_USER_INPUT", detail)


@pytest.mark.parametrize(
    "query", ["", "city=Bern", "kind=MAIN&desks=3&open=true", "ids=1&ids=2"]
)
def test_arguments_are_parameters_and_defaults_hold(
    api: httpx.Client, query: str
) -> None:
    """A list is a parameter given several times."""
    assert api.get(f"/branches?{query}").json() == BERN


def test_a_parameter_that_is_missing_is_named(api: httpx.Client) -> None:
    """400."""
    told = (400, "BAD_USER_INPUT", "The parameter 'id' is missing.")
    assert problem(api.get("/customer")) == told
    assert problem(api.get("/operations/card")) == told


@pytest.mark.parametrize("query", ["id=%FF", "id=%00&fields=%C3%28"])
def test_a_query_that_is_no_utf_8_is_refused(api: httpx.Client, query: str) -> None:
    """400, before anything is looked at."""
    assert problem(api.get(f"/customer?{query}")) == (
        400,
        "BAD_REQUEST",
        "The URL's query is no percent-encoded UTF-8.",
    )


def test_ten_thousand_parameters_are_refused(api: httpx.Client) -> None:
    """400, without reading them all."""
    query = "&".join("a" for _ in range(10_000))
    assert problem(api.get(f"/branches?{query}"))[0] == 400


def test_nothing_under_a_key_is_404(api: httpx.Client) -> None:
    """Where `null_if` says so, there is no such resource."""
    assert problem(api.get("/customer?id=8")) == (
        404,
        "NOT_FOUND",
        "There is nothing of this kind.",
    )


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        (
            "/custome?id=1",
            "There is no operation 'custome' (did you mean 'customer'?).",
        ),
        (
            "/operations/cart",
            "There is no saved operation 'cart' (did you mean 'card'?).",
        ),
        (
            "/a/b",
            "Nothing is served at this path; openapi.json beside it lists what is.",
        ),
    ],
)
def test_what_is_not_there_is_404_with_what_is_near(
    api: httpx.Client, path: str, detail: str
) -> None:
    """As in a profile: did you mean."""
    code = "OPERATION_RESOLUTION_FAILURE"
    assert problem(api.get(path)) == (404, code, detail)


def test_a_source_that_is_needed_and_away_is_502(api: httpx.Client) -> None:
    """With the errors that the GraphQL answer has."""
    answer = api.get("/scored?id=7")
    assert problem(answer) == (502, AWAY, "The source cannot be reached.")
    assert answer.json()["errors"] == [
        {
            "message": "The source cannot be reached.",
            "path": ["scored"],
            "extensions": {"code": AWAY},
        }
    ]


def test_a_partial_value_says_in_headers_what_is_missing(api: httpx.Client) -> None:
    """And with `prefer: handling=strict` a part will not do."""
    answer = api.get("/holder?id=7")
    assert (answer.status_code, answer.json()) == (200, {"customer": ADA, "risk": None})
    assert answer.headers["headwater-completeness"] == "partial"
    assert answer.headers["headwater-errors"] == f'"holder.risk";code="{AWAY}"'
    strict = api.get("/holder?id=7", headers={"prefer": "handling=strict"})
    assert problem(strict) == (502, AWAY, "The source cannot be reached.")


def test_the_whole_graphql_answer_is_there_for_who_asks_for_it(
    api: httpx.Client,
) -> None:
    """By its media type."""
    answer = api.get("/branches", headers={"accept": GRAPHQL})
    assert answer.json() == {"data": {"branches": BERN}}
    assert answer.headers["content-type"] == GRAPHQL


def test_a_client_that_has_the_value_is_told_so(api: httpx.Client) -> None:
    """304 without a body; HEAD has the same headers; another value another tag."""
    first = api.get("/customer?id=7")
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for known in (tag, f'"other", W/{tag}', "*"):
        again = api.get("/customer?id=7", headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    head = api.head("/customer?id=7")
    assert head.content == b""
    assert head.headers["etag"] == tag
    assert head.headers["content-length"] == str(len(first.content))
    assert api.get("/customer?id=7&fields=id").headers["etag"] != tag


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405_with_those_that_are_known(
    api: httpx.Client, method: str
) -> None:
    """As RFC 9110 wants it."""
    answer = api.request(method, "/customer?id=7")
    assert problem(answer)[0] == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_lists_methods(api: httpx.Client) -> None:
    """Without a body."""
    answer = api.options("/operations/card")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0"])
def test_an_answer_in_no_known_form_is_406(api: httpx.Client, accept: str) -> None:
    """With the forms that there are."""
    answer = api.get("/customer?id=7", headers={"accept": accept})
    assert problem(answer)[0] == 406
    assert answer.json()["acceptable"] == ["application/json", GRAPHQL]


def test_a_list_of_flat_objects_is_also_a_table_and_lines(api: httpx.Client) -> None:
    """CSV has a line of names; each line of NDJSON is a row."""
    table = api.get("/branches?fields=id,city", headers={"accept": "text/csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert table.text.splitlines() == ["id,city", "1,Bern", "2,Bern"]
    lines = api.get(
        "/branches?fields=id", headers={"accept": "application/x-ndjson"}
    ).text
    assert lines == '{"id":"1"}\n{"id":"2"}\n'


def test_a_saved_operation_is_asked_by_its_variables(api: httpx.Client) -> None:
    """In the URL or in a JSON body; the body of the answer is its data."""
    got = api.get("/operations/card?id=7&with_city=true")
    assert got.json() == {"customer": {"name": "Ada", "city": "Bern"}}
    posted = api.post("/operations/card", json={"id": "7"})
    assert posted.json() == {"customer": {"name": "Ada"}}
    assert "etag" not in posted.headers


@pytest.mark.parametrize(
    ("body", "content_type", "status", "detail"),
    [
        (b"{", "application/json", 400, "The body is not valid JSON: unexpected end"),
        (b"[]", "application/json", 400, "The body is not a JSON object."),
        (b'{"x":1}', "application/json", 400, "There is no parameter 'x'"),
        (b"[" * 5_000, "application/json", 400, "The body is not valid JSON"),
        (b"id=7", "application/x-www-form-urlencoded", 415, "The body is not appl"),
        (
            b" " * 1_000_001,
            "application/json",
            413,
            "The body is larger than 1,000,000",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    api: httpx.Client, body: bytes, content_type: str, status: int, detail: str
) -> None:
    """The size limit is that of GraphQL over HTTP."""
    headers = {"content-type": content_type}
    answer = api.post("/operations/card", content=body, headers=headers)
    told = problem(answer)
    assert told[0] == status
    assert told[2].startswith(detail)
