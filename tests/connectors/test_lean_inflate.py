"""Encodings of bodies: read as they come, and never beyond the limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd

from gateway.connectors.transport import inflaters
from gateway.connectors.transport.inflate import Body
from gateway.errors import ErrorClass, UpstreamError

TEXT = b'{"name": "Ada", "n": [' + b"1," * 500 + b"1]}"
BARE = zlib.compressobj(wbits=-15)
ENCODED: dict[str, tuple[str, bytes]] = {
    "gzip": ("gzip", gzip.compress(TEXT)),
    "gzip by its old name": ("X-Gzip ", gzip.compress(TEXT)),
    "gzip in members": ("gzip", gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "deflate without a header": ("deflate", BARE.compress(TEXT) + BARE.flush()),
    "br": ("br", brotli.compress(TEXT)),
    "zstd": ("zstd", zstd.compress(TEXT)),
    "zstd in frames": ("zstd", zstd.compress(TEXT[:9]) + zstd.compress(TEXT[9:])),
    "none": ("identity", TEXT),
}
BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def inflated(
    encoding: str, data: bytes, *, limit: int = 9_999, piece: int = 1
) -> bytes:
    body = Body(encoding, limit)
    _feed(body, data, piece)
    assert body.received == len(data)
    return body.finish()


def _feed(body: Body, data: bytes, piece: int) -> None:
    for start in range(0, len(data), piece):
        body.feed(data[start : start + piece])


@pytest.mark.parametrize("name", ENCODED)
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_a_body_is_the_same_however_it_comes(name: str, piece: int) -> None:
    """Byte by byte or at once; at its limit to the byte."""
    encoding, data = ENCODED[name]
    assert inflated(encoding, data, piece=piece, limit=len(TEXT)) == TEXT


@pytest.mark.parametrize("encoding", BOMBS)
@pytest.mark.parametrize("piece", [64, 10_000_000])
def test_a_bomb_does_not_unfold(encoding: str, piece: int) -> None:
    """Five megabytes end a little above the limit, in memory too."""
    bomb = BOMBS[encoding](b" " * 5_000_000)
    body = Body(encoding, 10_000)
    with pytest.raises(UpstreamError) as caught:
        _feed(body, bomb, piece)
    assert (caught.value.kind, caught.value.message) == (
        ErrorClass.INVALID,
        "The source's answer is larger than 10000 bytes.",
    )
    assert sum(map(len, body._parts)) <= 10_000
    assert body._inflated <= 200_000


@pytest.mark.parametrize("encoding", BOMBS)
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: b"\xff\xfe not this", "cannot be inflated."),
        (lambda data: data[:-3], "ends in the middle of its encoding."),
        (lambda data: data + b"\xff more", "cannot be inflated."),
    ],
)
def test_a_broken_body_is_invalid(
    encoding: str, spoil: Callable[[bytes], bytes], message: str
) -> None:
    """Something else, half of it, or more behind its end."""
    with pytest.raises(UpstreamError) as caught:
        inflated(encoding, spoil(BOMBS[encoding](TEXT)), piece=100_000)
    assert (caught.value.kind, caught.value.message) == (
        ErrorClass.INVALID,
        f"The source's answer {message}",
    )


def test_a_window_beyond_what_receivers_accept_is_refused() -> None:
    """It would take the memory that the limit saves."""
    wide = {int(zstd.CompressionParameter.window_log): 25}
    writer = zstd.ZstdCompressor(options=wide)
    data = writer.compress(b"x" * 99) + writer.flush()
    with pytest.raises(UpstreamError) as caught:
        inflated("zstd", data)
    assert caught.value.message == "The source's answer cannot be inflated."


def test_only_what_can_be_read_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without their libraries br and zstd are encodings that nobody asked for."""
    assert inflaters.accept_encoding() == "gzip, deflate, br, zstd"
    inflaters.inflaters.cache_clear()
    monkeypatch.setattr(inflaters, "_library", lambda _: None)
    assert inflaters.accept_encoding() == "gzip, deflate"
    for encoding in ("br", "zstd", "compress", "gzip, gzip"):
        with pytest.raises(UpstreamError) as caught:
            Body(encoding, 1)
        assert caught.value.message == (
            "The source's answer has an encoding that nobody asked for."
        )
    inflaters.inflaters.cache_clear()
