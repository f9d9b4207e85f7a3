"""What loads and will surprise is warned about, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.deployment import load_deployment
from gateway.errors import Problems

SOURCES = """
sources:
  default: { url: "http://upstream.invalid" }
  hooks: { type: webhook, verify: none }
"""


@pytest.mark.parametrize(
    ("server", "warned"),
    [
        ("", []),
        ("server: { workers: 1 }", []),
        ("server: { workers: 2 }", [4]),
        ("server: { workers: auto }", [4]),
    ],
)
def test_webhooks_and_several_processes_are_warned_about(
    tmp_path: Path, server: str, warned: list[int]
) -> None:
    """A delivery is heard in one of them; it loads all the same."""
    config, problems = tmp_path / "headwater.yaml", Problems()
    config.write_text(SOURCES + server)
    assert load_deployment([config], {}, problems) is not None
    assert [problem.span.line for problem in problems.found] == warned
    assert all("heard in one" in problem.message for problem in problems.found)


def test_keys_that_come_without_tls_are_warned_about(tmp_path: Path) -> None:
    """Whoever is between could make tokens; on this machine nobody is."""
    path = tmp_path / "headwater.yaml"
    for url, warned in [
        ("http://idp.internal/jwks", True),
        ("http://localhost.evil.test/jwks", True),
        ("http://127.0.0.1:8080/jwks", False),
        ("http://[::1]/jwks", False),
        ("https://idp.internal/jwks", False),
    ]:
        entry = f"{{ issuer: a, jwks: '{url}', audience: b }}"
        path.write_text(f"auth: {{ jwt: [{entry}] }}\n", "utf-8")
        problems = Problems()
        assert load_deployment([path], {}, problems) is not None
        assert ["without TLS" in str(one) for one in problems.found] == [True] * warned
