"""`socket`, `proxy` and `http2` of an HTTP source, as written."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from gateway.connectors.settings import STRAIGHT, RestSettings, Route
from gateway.deployment import RestSource, load_deployment
from gateway.deployment.sources import routes
from gateway.errors import Problems
from gateway.loading.settings import settings_of

PROXY = "http://hw:secret@proxy.internal:3128"


def opened(**keys: object) -> RestSettings:
    made = settings_of(RestSource.model_validate(keys))
    assert isinstance(made, RestSettings)
    return made


def problems(folder: Path, keys: str) -> list[str]:
    """What is wrong with a source, by place."""
    file, found = folder / "headwater.yaml", Problems()
    file.write_text(f"sources:\n  a: {{ {keys} }}\n")
    load_deployment([file], {}, found)
    return [str(each).partition("headwater.yaml:")[2] for each in found.found]


@pytest.mark.parametrize(
    ("keys", "url", "route"),
    [
        ({"url": "http://a/v1"}, "http://a/v1", STRAIGHT),
        (
            {"url": "http+unix://%2Frun%2Fapi.sock/v1?k=1"},
            "http://localhost/v1?k=1",
            Route(socket="/run/api.sock"),
        ),
        (
            {"url": "http://a/v1", "socket": "/run/api.sock"},
            "http://a/v1",
            Route(socket="/run/api.sock"),
        ),
        ({"url": "https://a", "proxy": PROXY}, "https://a", Route(proxy=PROXY)),
        ({"url": "https://a", "http2": True}, "https://a", Route(http2=True)),
    ],
)
def test_a_route_is_opened_as_written(
    keys: dict[str, object], url: str, route: Route
) -> None:
    """A socket in the URL is spoken to as localhost."""
    made = opened(**keys)
    assert (made.url, made.route) == (url, route)
    assert "secret" not in repr(made)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            "url: http://a, socket: run/api.sock",
            "2:31: this is no absolute path — write it from the root: /run/api.sock",
        ),
        (
            "url: http+unix://api/x",
            (
                "2:8: its host is no path of a socket — "
                "write http+unix://%2Frun%2Fapi.sock/"
            ),
        ),
        (
            "url: { a: 'http://a', b: 'http+unix://b/' }, pick: request.region",
            (
                "2:8: its host is no path of a socket — "
                "write http+unix://%2Frun%2Fapi.sock/"
            ),
        ),
        (
            "url: http+unix://%2Fa/, socket: /run/b",
            "2:32: 'url' names a socket already — remove one",
        ),
        (
            "url: http://a, socket: /run/b, proxy: http://p",
            (
                "2:39: a socket is on this machine, and is not reached by a proxy — "
                "remove it"
            ),
        ),
        (
            "url: http://a, proxy: socks5://p",
            "2:30: this is no http proxy — write http://proxy.internal:3128",
        ),
        (
            "url: http://a, proxy: http://p, http2: true",
            (
                "2:40: a proxy passes HTTP/2 on only inside TLS — "
                "write https:// in 'url', or remove it"
            ),
        ),
        (
            "url: https://a, transport: lean, http2: true",
            "2:24: 'http2' goes over httpx — remove 'transport'",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_fix(
    tmp_path: Path, keys: str, problem: str
) -> None:
    """At the key that has to change."""
    assert problems(tmp_path, keys) == [problem]


def test_http2_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is loaded, not at the first call."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        routes, "find_spec", lambda name: None if name == "h2" else real(name)
    )
    assert problems(tmp_path, "url: https://a, http2: true") == [
        (
            "2:24: HTTP/2 needs a package that is not installed — "
            "pip install 'headwater[http2]'"
        )
    ]
