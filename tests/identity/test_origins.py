"""Whom a request counts for: nobody chooses the name that he is counted by."""

from __future__ import annotations

import ipaddress

import pytest

from gateway.identity.origins import Origins
from gateway.request.model import ANONYMOUS, Arrived, Caller

OURS = Origins((ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")))


def origin(peer: str | None, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return OURS(Arrived(headers, peer), ANONYMOUS)


@pytest.mark.parametrize(
    ("peer", "forwarded", "named"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3::4", None, "2001:db8:1:2::/64"),
        ("fd00::1", "2001:db8:1:2:9::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", None, "fe80::/64"),
        ("no address", None, "?"),
        (None, "198.51.100.1", "?"),
    ],
)
def test_an_address_is_the_connections_or_what_our_proxy_saw(
    peer: str | None, forwarded: str | None, named: str
) -> None:
    """A household of IPv6 is one client: the rest of the address is its own choice."""
    assert origin(peer, forwarded) == f"address {named}"


def test_who_was_proven_counts_wherever_he_comes_from() -> None:
    """Subjects of two issuers are two callers, and no address can be spelt as one."""
    ada = Caller("ada", {"iss": "https://a"})
    assert OURS(Arrived({}, "192.0.2.7"), ada) == "caller https://a ada"
    assert OURS({}, ada) == OURS(Arrived({}, "198.51.100.1"), ada)
    assert OURS({}, Caller("ada", {"iss": "https://b"})) != OURS({}, ada)


def test_a_header_of_many_hops_costs_no_more_than_a_few() -> None:
    """Only the last twenty are looked at."""
    assert origin("10.0.0.1", "10.0.0.2," * 5_000) == "address 10.0.0.1"
