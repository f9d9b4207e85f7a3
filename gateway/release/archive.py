"""A bundle as bytes: a ZIP whose members, order and times depend on nothing else.

In charge of the form, and of believing nothing that is read: how much there is, what
it is called and that it is what its id says. Must never touch a disk.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.record import replace
from gateway.release.model import (
    LANGUAGE,
    SHORT,
    Bundle,
    Facts,
    UnfitBundleError,
    bundle_of,
)

LARGEST_ARCHIVE = 32_000_000
"""Bytes of an archive as it is stored and sent."""
LARGEST_FILE = 8_000_000
LARGEST_CONTENT = 128_000_000
"""Bytes of all files together, unpacked."""
MOST_FILES = 20_000

_MANIFEST = "manifest.json"
_SIGNATURES = "signatures.json"
_TIME = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can name: archives do not say when they were packed."""
_PART = r"(?!\.)[^/\\\x00-\x1f\x7f:]{1,255}"
_NAME = re.compile(
    rf"(?:profiles/(?:{_PART}/){{0,20}}{_PART}\.ya?ml"
    rf"|(?:schema|operations)/(?:{_PART}/){{0,20}}{_PART}\.(?:graphqls?|gql)"
    rf"|documents/(?:{_PART}/)?{_PART}\.json)"
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError)


def packed(bundle: Bundle) -> bytes:
    """The archive of a bundle: equal bundles make equal bytes.

    Raises:
        UnfitBundleError: it is larger than anybody would read.
    """
    members = {_MANIFEST: _json(bundle.manifest())}
    if bundle.signatures:
        members[_SIGNATURES] = _json(dict(bundle.signatures))
    members |= {name: text.encode() for name, text in bundle.files.items()}
    _require_names(bundle.files)
    _require_bounds({name: len(raw) for name, raw in members.items()})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            member = zipfile.ZipInfo(name, _TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # Unix, whatever this is
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, raw)
    return _bounded(made.getvalue())


def unpacked(raw: bytes, expected: str | None = None) -> Bundle:
    """The bundle in an archive; ``expected`` is the id that it has to have.

    Raises:
        UnfitBundleError: it is no bundle, damaged, too large, or another one.
    """
    members = _members(_bounded(raw))
    manifest = _mapping(members.pop(_MANIFEST, b""), _MANIFEST)
    signatures = _mapping(members.pop(_SIGNATURES, b"{}"), _SIGNATURES)
    if manifest.get("language") != LANGUAGE:
        raise _unfit(
            "it is written in another version of the profile language",
            hint=f"this version reads language {LANGUAGE}; upgrade the gateway",
        )
    _require_names(members)
    made = bundle_of(_texts(members), _facts(manifest))
    if made.manifest()["files"] != manifest.get("files"):
        raise _unfit("its files are not those that its manifest names")
    if made.id != manifest.get("id"):
        raise _unfit("its contents do not have the id that its manifest names")
    if expected not in (None, made.id):
        raise _unfit(f"it is {made.id[:SHORT]}, and not the one that was asked for")
    return replace(made, signatures={n: str(s) for n, s in signatures.items()})


def _members(raw: bytes) -> dict[str, bytes]:
    """Every member by name, each read no further than it may be long."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = archive.infolist()
            if len(found) > MOST_FILES:
                raise _unfit(f"it has more than {MOST_FILES} files")
            _require_bounds({one.filename: one.file_size for one in found})
            if len({one.filename for one in found}) != len(found):
                raise _unfit("a file is in it twice")
            return {one.filename: _read(archive, one) for one in found}
    except (*_BROKEN, RuntimeError, ValueError) as error:
        # RuntimeError: it is encrypted. ValueError: offsets that lead nowhere.
        raise _unfit("it is damaged, or no ZIP archive at all") from error


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        raise _unfit(f"{member.filename[:80]!r} is no plain file")
    with archive.open(member) as opened:
        raw = opened.read(member.file_size + 1)
    if len(raw) != member.file_size:
        raise _unfit(f"{member.filename[:80]!r} is longer or shorter than it says")
    return raw


def _require_names(names: Mapping[str, object]) -> None:
    if not names:
        raise _unfit("there is nothing in it", hint="bundle a project with profiles")
    for name in names:
        if not _NAME.fullmatch(name) or ".." in name.split("/"):
            raise _unfit(
                f"{name[:80]!r} is no name of a file of a bundle",
                hint="a bundle holds profiles/**.yaml, schema/**.graphql, "
                "operations/**.graphql and documents/**.json",
            )


def _require_bounds(sizes: Mapping[str, int]) -> None:
    for name, size in sizes.items():
        if size > LARGEST_FILE:
            raise _unfit(f"{name[:80]!r} is larger than {LARGEST_FILE} bytes")
    if sum(sizes.values()) > LARGEST_CONTENT:
        raise _unfit(f"its files are larger than {LARGEST_CONTENT} bytes together")


def _bounded(raw: bytes) -> bytes:
    if len(raw) > LARGEST_ARCHIVE:
        raise _unfit(f"it is larger than {LARGEST_ARCHIVE} bytes")
    return raw


def _texts(members: Mapping[str, bytes]) -> dict[str, str]:
    texts = {}
    for name, raw in members.items():
        try:
            texts[name] = raw.decode()
        except UnicodeDecodeError:
            raise _unfit(f"{name[:80]!r} is no UTF-8 text") from None
    return texts


def _mapping(raw: bytes, name: str) -> dict[str, Any]:
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise _unfit(f"it has no readable {name}")
    return found


def _facts(manifest: Mapping[str, object]) -> Facts:
    said = (manifest.get(key) for key in ("created", "by", "note", "headwater"))
    return Facts(*(str(one if one is not None else "")[:2_000] for one in said))


def _json(content: Mapping[str, object]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def _unfit(why: str, *, hint: str | None = None) -> UnfitBundleError:
    return UnfitBundleError(f"this bundle cannot be used: {why}", hint=hint)
