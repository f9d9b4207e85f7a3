"""Bodies that are too much: in bytes, after inflation, or in depth.

In charge of being large for the caller and small here: nothing of the size that it
sends is ever held in memory, so that what a test measures is the caller's.
"""

from __future__ import annotations

import functools
import gzip
import zlib

from gateway.testing.hostile.server import Exchange, Misbehaviour
from gateway.testing.hostile.wire import LAST_CHUNK, answers, chunk, content_of, head
from gateway.values import JsonValue

_PIECE = b" " * 65_536
_LARGE = b" " * 1_048_576
_MEMBER = 10 * len(_LARGE)
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_GZIP_END = b"\x03\x00"
"""The last block of a deflate stream, an empty one."""
_GZIP = {"content-encoding": "gzip"}


def floods(size: int = 50_000_000) -> Misbehaviour:
    """A body of so many bytes, as long as ``content-length`` says."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head(200, {"content-length": str(size)}))
        for start in range(0, size, len(_PIECE)):
            await exchange.send(_PIECE[: size - start])

    return behave


def floods_chunks(size: int = 50_000_000) -> Misbehaviour:
    """A body of so many bytes in chunks: its size shows at the end only."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head(200, {"transfer-encoding": "chunked"}))
        for _ in range(0, size, len(_PIECE)):
            await exchange.send(chunk(_PIECE))
        await exchange.send(LAST_CHUNK)

    return behave


def bombs(inflated: int = 1_000_000_000) -> Misbehaviour:
    """A valid gzip body of a thousandth of its inflated size."""
    return answers(gzip_bomb(inflated), headers=_GZIP)


def bombs_in_members(inflated: int = 1_000_000_000) -> Misbehaviour:
    """A bomb of many gzip members, each of them harmless."""
    members = gzip_bomb(_MEMBER) * (inflated // _MEMBER)
    return answers(members, headers=_GZIP)


def bombs_nested(inflated: int = 1_000_000_000) -> Misbehaviour:
    """A bomb within gzip: ``content-encoding: gzip, gzip``."""
    body = gzip.compress(gzip_bomb(inflated))
    return answers(body, headers={"content-encoding": "gzip, gzip"})


def bombs_deflated(inflated: int = 100_000_000) -> Misbehaviour:
    """A bomb by ``content-encoding: deflate``."""
    packer = zlib.compressobj()
    pieces = (packer.compress(_PIECE) for _ in range(0, inflated, len(_PIECE)))
    body = b"".join(pieces) + packer.flush()
    return answers(body, headers={"content-encoding": "deflate"})


@functools.lru_cache(maxsize=4)
def gzip_bomb(inflated: int) -> bytes:
    """A valid gzip stream of blanks, `inflated` rounded up to pieces of 1 MiB.

    One piece is packed so that it needs none before it, and then repeated: packing
    all of them would take seconds.
    """
    count = -(-inflated // len(_LARGE))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packer.compress(_LARGE) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(count):
        checksum = zlib.crc32(_LARGE, checksum)
    size = count * len(_LARGE) % (1 << 32)
    return b"".join([_GZIP_HEAD, piece * count, _GZIP_END, _two(checksum, size)])


def _two(checksum: int, size: int) -> bytes:
    return checksum.to_bytes(4, "little") + size.to_bytes(4, "little")


def breaks_gzip() -> Misbehaviour:
    """A body that says it is gzip and is not."""
    return answers(b"\x1f\x8b\x08 and nothing of it is true", headers=_GZIP)


def truncates_gzip(body: JsonValue | bytes) -> Misbehaviour:
    """A complete reply whose gzip stream ends before its end."""
    return answers(gzip.compress(content_of(body))[:-9], headers=_GZIP)


def encodes_unasked(
    body: JsonValue | bytes, encoding: str = "compress"
) -> Misbehaviour:
    """A body in an encoding that the caller never said it reads."""
    return answers(body, headers={"content-encoding": encoding})


def nests(depth: int, *, closed: bool = True) -> bytes:
    """JSON of so many lists in one another; not ``closed``, it only opens them."""
    return b"[" * depth + (b"]" * depth if closed else b"")
