"""What of a request's headers is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from gateway.errors import Code, RequestError
from gateway.request.adapter import AdapterSettings, Plans, adapt, identify
from gateway.request.model import ANONYMOUS, Caller, PlanWish, RequestContext

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stopped:
    """A clock that stands still."""

    def now(self) -> float:
        return 5.0

    def wall(self) -> datetime:
        return NOON


def context(sent: dict[str, str], **settings: object) -> RequestContext:
    """The context of a request with these headers."""
    return adapt(
        sent,
        AdapterSettings(**settings),  # type: ignore[arg-type]
        request_id="r",
        clock=Stopped(),
    )


def test_a_request_without_headers_is_anonymous() -> None:
    """Nothing is believed that was not said."""
    assert context({}) == RequestContext(request_id="r", started=5.0, time=NOON)


def test_only_allowed_headers_are_kept() -> None:
    """A header that the deployment does not name reaches nobody."""
    headers = {"accept-language": "de", "cookie": "secret", "x-other": "1"}
    allowed = frozenset({"accept-language", "x-absent"})
    assert context(headers, headers=allowed).headers == {"accept-language": "de"}


def test_tenant_and_claims_are_never_read_unless_trusted() -> None:
    """Otherwise anybody could be anybody; not even their shape is looked at."""
    asked = context({"x-tenant": "acme", "x-claims": "{broken"})
    assert (asked.tenant, asked.caller) == (None, ANONYMOUS)


def test_trusted_headers_give_tenant_and_claims() -> None:
    """The subject is the claim `sub`, where that is text; UTF-8 is understood."""
    claims = '{"sub": "zo\u00eb", "roles": ["ops"]}'.encode().decode("latin-1")
    asked = context({"x-tenant": "acme", "x-claims": claims}, trust_headers=True)
    assert asked.tenant == "acme"
    assert asked.caller == Caller("zo\u00eb", {"sub": "zo\u00eb", "roles": ["ops"]})
    assert context({"x-claims": '{"sub": 7}'}, trust_headers=True).caller == Caller(
        None, {"sub": 7}
    )


def test_a_trusted_place_may_say_nothing() -> None:
    """Trust makes nobody somebody."""
    asked = context({}, trust_headers=True)
    assert (asked.tenant, asked.caller) == (None, ANONYMOUS)


@pytest.mark.parametrize("claims", ["", "{broken", "[]", "null", "7", '"x"', "\u20ac"])
def test_claims_that_are_no_object_refuse_the_request(claims: str) -> None:
    """Going on as nobody would answer something else than was asked."""
    with pytest.raises(RequestError) as raised:
        context({"x-claims": claims}, trust_headers=True)
    assert (raised.value.code, raised.value.status, raised.value.message) == (
        Code.BAD_REQUEST,
        400,
        "The header 'x-claims' is not a JSON object.",
    )


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        (None, PlanWish.NONE),
        ("include", PlanWish.INCLUDE),
        (" Dry-Run ", PlanWish.DRY_RUN),
    ],
)
def test_those_who_may_see_plans_get_their_wish(
    text: str | None, wish: PlanWish
) -> None:
    """And with it the step and source behind a failure."""
    headers = {} if text is None else {"headwater-plan": text}
    asked = context(headers, plans=Plans.EVERYONE)
    assert (asked.plan, asked.explain) == (wish, True)


def test_a_plan_that_may_not_be_seen_is_not_shown() -> None:
    """The operation runs; nothing about it is told."""
    asked = context({"headwater-plan": "include"}, plans=Plans.NOBODY)
    assert (asked.plan, asked.explain) == (PlanWish.NONE, False)


def test_a_dry_run_that_may_not_be_had_runs_nothing() -> None:
    """Running a mutation for real is the one thing that was not asked for."""
    with pytest.raises(RequestError) as raised:
        context({"headwater-plan": "dry-run"}, plans=Plans.NOBODY)
    assert (raised.value.status, raised.value.message) == (
        403,
        "Plans are not shown to this caller.",
    )


def test_an_unknown_wish_is_an_error() -> None:
    """A misspelled dry run must not run."""
    with pytest.raises(RequestError) as raised:
        context({"headwater-plan": "dryrun"}, plans=Plans.EVERYONE)
    assert raised.value.message == (
        "The header 'headwater-plan' is neither 'include' nor 'dry-run'."
    )


def test_the_client_and_the_region_are_named() -> None:
    """A client's name becomes a label, so one that is no label is none."""
    asked = context({"apollographql-client-name": "web"}, region="eu")
    assert (asked.client, asked.region) == ("web", "eu")
    for odd in ("", "x" * 129, "tab\there", "caf\u00e9"):
        assert context({"apollographql-client-name": odd}).client is None


def test_a_sane_request_id_is_kept() -> None:
    """Up to 128 printable ASCII characters."""
    for given in ("a", "x" * 128, "0000-1111/2222 3"):
        assert identify({"x-request-id": given}) == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "a\nb", "caf\u00e9", "\x7f"])
def test_an_odd_request_id_is_replaced(given: str | None) -> None:
    """By a new one each time."""
    headers = {} if given is None else {"x-request-id": given}
    first, second = identify(headers), identify(headers)
    assert first != second
    assert len(first) == len(second) == 32


def test_a_scope_is_a_list_however_it_came() -> None:
    """Tokens spell it as one text of words; conditions ask whether a word is in it."""
    found = [
        context({"x-claims": f'{{"scope": {scope}}}'}, trust_headers=True).caller
        for scope in ('"pii  accounts"', '["pii", "accounts"]', '""', "7")
    ]
    assert [caller.claims["scope"] for caller in found] == [
        ["pii", "accounts"],
        ["pii", "accounts"],
        [],
        7,
    ]
