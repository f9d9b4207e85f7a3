"""A bundle as bytes: what goes in comes out, and nothing else is believed."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record import replace
from gateway.release import archive
from gateway.release.archive import packed, unpacked
from gateway.release.model import Facts, UnfitBundleError, bundle_of
from tests.release.kit import FACTS, bundle, texts

MANIFEST = "manifest.json"
Members = dict[str, bytes]


def members(raw: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(content: Members) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, raw in content.items():
            opened.writestr(name, raw)
    return made.getvalue()


def changed(change: Callable[[Members], object]) -> bytes:
    content = members(packed(bundle()))
    change(content)
    return zipped(content)


def refusal(raw: bytes) -> str:
    with pytest.raises(UnfitBundleError) as caught:
        unpacked(raw)
    return caught.value.message.removeprefix("this bundle cannot be used: ")


_NAMES = st.from_regex(r"\A[a-zA-Z0-9_-]{1,8}(/[a-zA-Z0-9_ é-]{1,8}){0,3}\Z")


@given(st.dictionaries(_NAMES, st.text(st.characters(codec="utf-8")), min_size=1))
def test_what_is_packed_comes_out_as_it_was(content: dict[str, str]) -> None:
    """Texts, facts and signatures, byte for byte."""
    files = {f"profiles/{name}.yaml": text for name, text in content.items()}
    made = replace(bundle_of(files, FACTS), signatures={"ci": "ed25519:x"})
    assert unpacked(packed(made), made.id) == made


def test_equal_contents_have_one_id_whoever_bundles_them_and_whenever() -> None:
    """The id is the contents' and nothing else's; order does not matter."""
    other = dict(reversed(texts(1).items()))
    assert bundle_of(other, Facts("2030", "bob", "again")).id == bundle(1).id
    assert bundle(2).id != bundle(1).id
    moved = {n.replace("v.yaml", "w.yaml"): t for n, t in texts(1).items()}
    assert bundle_of(moved, FACTS).id != bundle(1).id


def test_equal_bundles_make_equal_bytes() -> None:
    """Nothing of the time, the machine or the order is in an archive."""
    assert packed(bundle_of(dict(reversed(texts(1).items())), FACTS)) == packed(
        bundle()
    )


@pytest.mark.parametrize(
    "name",
    [
        "profiles/../../etc/passwd.yaml",
        "/profiles/a.yaml",
        "profiles\\a.yaml",
        "profiles/.hidden.yaml",
        "profiles/a.sh",
        "headwater.yaml",
        "profiles/a\n.yaml",
        "schema/a.yaml",
        "C:/profiles/a.yaml",
    ],
)
def test_a_name_that_is_none_of_a_bundles_is_refused(name: str) -> None:
    """No path leads out of it, and no deployment file is in it."""
    raw = changed(lambda content: content.update({name: b"x"}))
    assert refusal(raw).endswith("is no name of a file of a bundle")
    with pytest.raises(UnfitBundleError):
        packed(bundle_of({name: "x"}, FACTS))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda c: c.update({"profiles/v.yaml": b"other"}),
            "its files are not those that its manifest names",
        ),
        (
            lambda c: c.pop("profiles/v.yaml"),
            "its files are not those that its manifest names",
        ),
        (
            lambda c: c.update({"profiles/more.yaml": b""}),
            "its files are not those that its manifest names",
        ),
        (
            lambda c: c.update(
                {MANIFEST: c[MANIFEST].replace(bundle().id.encode(), b"0" * 64)}
            ),
            "its contents do not have the id that its manifest names",
        ),
        (lambda c: c.pop(MANIFEST), "it has no readable manifest.json"),
        (lambda c: c.update({MANIFEST: b"[]"}), "it has no readable manifest.json"),
        (
            lambda c: c.update(
                {MANIFEST: c[MANIFEST].replace(b'"language": 1', b'"language": 2')}
            ),
            "it is written in another version of the profile language",
        ),
        (
            lambda c: c.update({"profiles/v.yaml": b"\xff"}),
            "'profiles/v.yaml' is no UTF-8 text",
        ),
        (
            lambda c: c.update({"signatures.json": b"{"}),
            "it has no readable signatures.json",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(
    change: Callable[[Members], object], why: str
) -> None:
    """Hash, manifest and id have to agree on every byte."""
    assert refusal(changed(change)) == why


def test_half_an_archive_is_refused_wherever_it_ends() -> None:
    """A store that was interrupted gives such."""
    raw = packed(bundle())
    for end in range(0, len(raw), 7):
        assert refusal(raw[:end]) in (
            "it is damaged, or no ZIP archive at all",
            "its files are not those that its manifest names",
        )


def test_a_flipped_byte_never_goes_unnoticed() -> None:
    """It is refused, or it was in what nobody reads and the contents are the same."""
    raw, whole = packed(bundle()), bundle()
    for place in range(0, len(raw), 3):
        broken = raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :]
        try:
            found = unpacked(broken, whole.id)
        except UnfitBundleError:
            continue
        assert found.files == whole.files


def test_a_link_is_no_file() -> None:
    """It would be another file's text."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name, raw in members(packed(bundle())).items():
            member = zipfile.ZipInfo(name)
            kind = stat.S_IFLNK if name.startswith("profiles") else stat.S_IFREG
            member.external_attr = (kind | 0o644) << 16
            opened.writestr(member, raw)
    assert refusal(made.getvalue()) == "'profiles/v.yaml' is no plain file"


def test_a_file_that_is_there_twice_is_refused() -> None:
    """Two readers could read two different ones."""
    made = io.BytesIO(packed(bundle()))
    with (
        pytest.warns(UserWarning, match="Duplicate"),
        zipfile.ZipFile(made, "a") as opened,
    ):
        opened.writestr("profiles/v.yaml", "other")
    assert refusal(made.getvalue()) == "a file is in it twice"


def test_a_bomb_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it says of its size is bounded, and so is what is read."""
    monkeypatch.setattr(archive, "LARGEST_FILE", 1_000)
    monkeypatch.setattr(archive, "LARGEST_CONTENT", 2_500)
    monkeypatch.setattr(archive, "MOST_FILES", 5)
    large = changed(lambda c: c.update({"profiles/x.yaml": b" " * 1_001}))
    assert refusal(large) == "'profiles/x.yaml' is larger than 1000 bytes"
    many = changed(lambda c: c.update({f"profiles/{n}.yaml": b"" for n in range(9)}))
    assert refusal(many) == "it has more than 5 files"
    both = {"profiles/x.yaml": b" " * 999, "profiles/y.yaml": b" " * 999}
    assert refusal(changed(lambda c: c.update(both))) == (
        "its files are larger than 2500 bytes together"
    )
    monkeypatch.setattr(archive, "LARGEST_ARCHIVE", 10)
    assert refusal(packed_before()) == "it is larger than 10 bytes"


def packed_before() -> bytes:
    return zipped({"profiles/x.yaml": b"x"})


def test_an_encrypted_member_is_refused() -> None:
    """Nobody has its password."""
    raw = bytearray(packed(bundle()))
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = 0
        while (found := raw.find(mark, start)) >= 0:
            raw[found + place] |= 1
            start = found + 4
    assert refusal(bytes(raw)) == "it is damaged, or no ZIP archive at all"
