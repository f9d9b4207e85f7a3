"""Which form an answer takes, by what the client accepts."""

from __future__ import annotations

import httpx
import pytest

from gateway.schema.negotiation import Form, choose_form

JSON, GRAPHQL = Form.JSON, Form.GRAPHQL


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/json; charset=latin-1", None),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json; charset=utf-8", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL),
        ("application/json, application/graphql-response+json", JSON),
        ("application/graphql-response+json;q=0.1, application/json;q=0.2", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ("application/json;q=0, */*", GRAPHQL),
        ("application/json;q=0", None),
        ("application/json;q=oops", None),
        ("text/html", None),
        ("image/png, text/*", None),
        ("application/xml", None),
        ("text/event-stream", Form.EVENTS),
        ("text/event-stream, */*", Form.EVENTS),
        ("multipart/mixed;subscriptionSpec=1.0", Form.PARTS),
        ("multipart/mixed", Form.JSON),
        (
            (
                "application/graphql-response+json, application/graphql+json,"
                " application/json, text/event-stream, multipart/mixed"
            ),
            GRAPHQL,
        ),
        (
            (
                'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,'
                "application/graphql-response+json,application/json;q=0.9"
            ),
            Form.PARTS,  # Apollo's clients say so for subscriptions alone
        ),
        ("," * 7_000, None),
        ("a/b," * 7_000 + "application/json", None),
    ],
)
def test_the_form_follows_the_accept_header(
    accept: str | None, form: Form | None
) -> None:
    """Quality first, then the client's order; a document before a stream.

    But for the subscription protocol in the first place: who names it wants answers.
    """
    assert choose_form(accept) is form


async def test_nothing_that_fits_is_406(client: httpx.AsyncClient) -> None:
    """In JSON all the same, since something has to say why."""
    response = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"accept": "text/html"}
    )
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
    assert response.headers["content-type"] == "application/json; charset=utf-8"
