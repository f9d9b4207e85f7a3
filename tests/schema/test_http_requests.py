"""What a GraphQL request over HTTP is, and what is refused with which words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from gateway.request.adapter import Plans
from gateway.schema.server import application
from gateway.schema.serving import ServerSettings
from tests.serving import Bank, generation

JSON = {"content-type": "application/json"}
GOOD = '{ customer(id: "7") { id name } }'
TWO = "query A($id: ID!) { customer(id: $id) { id name } } query B { __typename }"
ANSWER = {"data": {"customer": {"id": "7", "name": "Ada"}}}


def said(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal, which holds nothing else."""
    body = response.json()
    assert list(body) == ["errors"]
    assert len(body["errors"]) == 1
    error = body["errors"][0]
    assert list(error["extensions"]) == ["code"]
    return response.status_code, error["extensions"]["code"], error["message"]


async def test_a_post_of_json_is_answered(client: httpx.AsyncClient) -> None:
    """The whole answer, and the headers every answer has."""
    response = await client.post(
        "/graphql", json={"query": GOOD}, headers={"x-request-id": "r-1"}
    )
    assert response.status_code == 200
    assert response.json() == ANSWER
    assert dict(response.headers) == {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": "r-1",
        "content-length": str(len(response.content)),
    }


async def test_a_get_with_the_query_in_the_url_is_answered(
    client: httpx.AsyncClient,
) -> None:
    """Query, variables and operation name travel in the URL; others are no concern."""
    response = await client.get(
        "/graphql",
        params={
            "query": TWO,
            "variables": '{"id": "7"}',
            "operationName": "A",
            "extensions": "{}",
            "utm_source": "letter",
        },
    )
    assert (response.status_code, response.json()) == (200, ANSWER)


async def test_a_mutation_by_get_is_refused(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """405 in both forms, with what would have been allowed; nothing is called."""
    query = 'mutation { rename(id: "7", name: "Eve") { name } }'
    for accept in ("application/json", "application/graphql-response+json"):
        response = await client.get(
            "/graphql", params={"query": query}, headers={"accept": accept}
        )
        assert said(response) == (405, "BAD_REQUEST", "A mutation is sent by POST.")
        assert response.headers["allow"] == "POST"
    assert bank.ledger.calls == []


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_are_not_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    """405 and both methods that are."""
    response = await client.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The request has no body."),
        (b"null", "A GraphQL request is a JSON object."),
        (b'"x"', "A GraphQL request is a JSON object."),
        (b"42", "A GraphQL request is a JSON object."),
        (b"[]", "Batches are not answered: send one operation a request."),
        (
            b'[{"query":"{__typename}"}]',
            "Batches are not answered: send one operation a request.",
        ),
        (b"{}", "The request has no 'query'."),
        (b'{"query":null}', "The request has no 'query'."),
        (b'{"query":""}', "The request has no 'query'."),
        (b'{"query":7}', "'query' is not a string."),
        (b'{"query":true}', "'query' is not a string."),
        (b'{"query":["{a}"]}', "'query' is not a string."),
        (b'{"query":{"a":1}}', "'query' is not a string."),
        (b'{"query":"{a}","variables":"{}"}', "'variables' is not an object."),
        (b'{"query":"{a}","variables":[]}', "'variables' is not an object."),
        (b'{"query":"{a}","variables":0}', "'variables' is not an object."),
        (b'{"query":"{a}","operationName":7}', "'operationName' is not a string."),
        (b'{"query":"{a}","operationName":{}}', "'operationName' is not a string."),
        (b'{"query":"{a}","extensions":"x"}', "'extensions' is not an object."),
        (b'{"query":"{a}","extensions":[1]}', "'extensions' is not an object."),
        (
            b'{"query":"{a}","variables":{"v":' + b"[" * 70 + b"]" * 70 + b"}}",
            "'variables' is nested deeper than 64 levels.",
        ),
    ],
)
async def test_a_body_that_is_no_request_is_told_what_it_lacks(
    client: httpx.AsyncClient, body: bytes, message: str
) -> None:
    """Every wrong member by its name, in either form, always 400."""
    for accept in ("application/json", "application/graphql-response+json"):
        response = await client.post(
            "/graphql", content=body, headers={**JSON, "accept": accept}
        )
        assert said(response) == (400, "BAD_REQUEST", message)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b'{"query":"{a}",}',
        b'{"query":"\xff\xfe"}',
        b'{"query":"\\ud800"}',
        b'{"query":"{a}","variables":{"v":NaN}}',
        b'{"query":"{a}","variables":{"v":Infinity}}',
        b'{"query":"{a}","variables":{"v":1e999}}',
        b'{"query":"{a}","variables":{"v":' + b"1" * 9_000 + b"}}",
        b"[" * 5_000 + b"]" * 5_000,
        b'{"a":' * 1_500,
        '{"query":"{a}"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"query=%7Ba%7D",
    ],
    ids=range(14),
)
async def test_a_body_that_is_not_json_is_refused(
    client: httpx.AsyncClient, body: bytes
) -> None:
    """Bytes, numbers and depths that JSON has not, or nobody means, are one error."""
    status, code, message = said(
        await client.post("/graphql", content=body, headers=JSON)
    )
    assert (status, code) == (400, "BAD_REQUEST")
    assert message.startswith("The body is not valid JSON: ")


async def test_members_may_be_null_and_others_are_ignored(
    client: httpx.AsyncClient,
) -> None:
    """Null is as good as absent; an empty operation name too; the last key counts."""
    body = (
        b'{"query":"{nope}","variables":null,"operationName":"","extensions":null,'
        b'"id":7,"query":' + orjson.dumps(GOOD) + b"}"
    )
    response = await client.post("/graphql", content=body, headers=JSON)
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    ("query_string", "message"),
    [
        ("", "The request has no 'query'."),
        ("query=", "The request has no 'query'."),
        ("query=%ff", "The URL's query cannot be read."),
        ("query=%ed%a0%80", "The URL's query cannot be read."),
        ("query={a}&query={b}", "'query' is given twice."),
        ("query={a}&variables={", "'variables' is not valid JSON."),
        ("query={a}&variables=[]", "'variables' is not an object."),
        ("query={a}&extensions=nope", "'extensions' is not valid JSON."),
        ("&".join(f"p{n}=1" for n in range(40)), "The URL's query cannot be read."),
    ],
)
async def test_a_url_that_is_no_request_is_told_what_it_lacks(
    client: httpx.AsyncClient, query_string: str, message: str
) -> None:
    """As for bodies."""
    response = await client.get(f"/graphql?{query_string}")
    assert said(response) == (400, "BAD_REQUEST", message)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/jsonx",
        "application/json; charset=latin-1",
        "application/json;charset=utf-16",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "text/json",
    ],
)
async def test_a_body_of_another_type_is_refused(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    """What a page of any origin can post without asking first is never JSON."""
    headers = {} if content_type is None else {"content-type": content_type}
    body = orjson.dumps({"query": GOOD})
    status, code, _ = said(await client.post("/graphql", content=body, headers=headers))
    assert (status, code) == (415, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON ; Charset=UTF-8",
        'application/json;charset="utf-8"',
    ],
)
async def test_json_in_utf8_is_taken_however_it_is_spelled(
    client: httpx.AsyncClient, content_type: str
) -> None:
    """Media types and charsets know no case."""
    response = await client.post(
        "/graphql",
        content=orjson.dumps({"query": GOOD}),
        headers={"content-type": content_type},
    )
    assert (response.status_code, response.json()) == (200, ANSWER)


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    """415 says what to change; guessing at the bytes would say 'not JSON'."""
    headers = {**JSON, "content-encoding": "gzip"}
    response = await client.post("/graphql", content=b"\x1f\x8b", headers=headers)
    assert said(response) == (415, "BAD_REQUEST", "Compressed bodies are not read.")


async def test_a_body_over_the_limit_is_refused(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """413, whether the length is announced or the bytes are counted as they come."""
    body = orjson.dumps({"query": GOOD + " " * 10_000})

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1_000):
            yield body[start : start + 1_000]

    for content in (body, parts()):
        response = await client.post("/graphql", content=content, headers=JSON)
        message = "The body is larger than 10,000 bytes; 'limits.body' allows 10,000."
        assert said(response) == (413, "BODY_TOO_LARGE", message)
        assert response.headers["connection"] == "close"
    assert bank.ledger.calls == []


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "query A { __typename } query B { __typename }",
            "OPERATION_RESOLUTION_FAILURE",
        ),
        ("{ __typename } { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { customer(id: $id) { id } }", "BAD_USER_INPUT"),
        ("subscription { renamed { id } }", "BAD_REQUEST"),
        ("{ a " * 2_000, "GRAPHQL_PARSE_FAILED"),
        ("{ a { a { a", "GRAPHQL_PARSE_FAILED"),
        ("fragment F on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_document_that_cannot_run_is_400_or_200_by_form(
    client: httpx.AsyncClient, document: str, code: str
) -> None:
    """The graphql type has the status in HTTP; the json type always says 200."""
    for form, status in (
        ("application/json", 200),
        ("application/graphql-response+json", 400),
    ):
        response = await client.post(
            "/graphql", json={"query": document}, headers={"accept": form}
        )
        body = response.json()
        assert response.status_code == status
        assert response.headers["content-type"] == f"{form}; charset=utf-8"
        assert "data" not in body
        assert {e["extensions"]["code"] for e in body["errors"]} == {code}


async def test_a_field_that_failed_is_200_in_both_forms(
    client: httpx.AsyncClient,
) -> None:
    """Something ran, so there is data, and an error with path and code."""
    for form in ("application/json", "application/graphql-response+json"):
        response = await client.post(
            "/graphql",
            json={"query": '{ customer(id: "down") { name } ok: __typename }'},
            headers={"accept": form},
        )
        body = response.json()
        assert response.status_code == 200
        assert body["data"] == {"customer": None, "ok": "Query"}
        assert [(e["path"], e["extensions"]["code"]) for e in body["errors"]] == [
            (["customer"], "UPSTREAM_UNREACHABLE")
        ]


async def test_a_deep_literal_is_never_a_crash(client: httpx.AsyncClient) -> None:
    """A value in the document may be deeper than anything can carry."""
    for depth in (100, 200, 300, 1_000, 4_000):
        query = "{ echo(value: " + "[" * depth + "]" * depth + ") }"
        response = await client.post("/graphql", json={"query": query})
        assert response.status_code == 200
        assert response.content.startswith((b'{"data":{"echo":', b'{"errors":'))


async def test_an_id_stays_one_value(client: httpx.AsyncClient, bank: Bank) -> None:
    """Whatever an id looks like, the source gets exactly it."""
    odd = [
        "../../admin",
        "a/b",
        "a?x=1",
        "a%2fb",
        "1; DROP TABLE",
        "\u0000",
        "é\U0001f600",
    ]
    for key in odd:
        response = await client.post(
            "/graphql",
            json={
                "query": "query($id: ID!) { customer(id: $id) { id } }",
                "variables": {"id": key},
            },
        )
        assert response.json() == {"data": {"customer": {"id": key}}}
    assert bank.ledger.calls == [{"id": key} for key in odd]


async def test_odd_values_survive_the_way_there_and_back(
    client: httpx.AsyncClient,
) -> None:
    """Big integers, deep lists and any text come back as they were sent."""
    value = {"big": 2**63, "deep": [[[["x"]]]], "text": '\u2028"\\\u0007', "no": None}
    response = await client.post(
        "/graphql",
        json={
            "query": "query($v: JSON) { echo(value: $v) }",
            "variables": {"v": value},
        },
    )
    assert response.json() == {"data": {"echo": value}}


async def test_a_dry_run_shows_the_plan_and_calls_nothing(
    client: httpx.AsyncClient, bank: Bank
) -> None:
    """Data is null, the plan is whole."""
    response = await client.post(
        "/graphql", json={"query": GOOD}, headers={"headwater-plan": "dry-run"}
    )
    body = response.json()
    assert (response.status_code, body["data"]) == (200, None)
    assert [step["id"] for step in body["extensions"]["plan"]["steps"]] == [
        "customer.customer"
    ]
    assert bank.ledger.calls == []


async def test_an_answer_can_carry_its_plan(client: httpx.AsyncClient) -> None:
    """With what each step came to."""
    response = await client.post(
        "/graphql", json={"query": GOOD}, headers={"headwater-plan": "include"}
    )
    body = response.json()
    assert body["data"] == ANSWER["data"]
    assert [step["status"] for step in body["extensions"]["plan"]["steps"]] == ["ok"]


async def test_a_dry_run_by_those_who_may_not_is_forbidden(bank: Bank) -> None:
    """403, and the operation does not run for real instead."""
    bank.current = generation(source=bank.ledger, plans=Plans.NOBODY)
    transport = httpx.ASGITransport(application(bank, ServerSettings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://b") as client:
        response = await client.post(
            "/graphql", json={"query": GOOD}, headers={"headwater-plan": "dry-run"}
        )
    message = "Plans are not shown to this caller."
    assert said(response) == (403, "FORBIDDEN", message)
    assert bank.ledger.calls == []
