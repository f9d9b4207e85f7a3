"""What a release is: a bundle of texts under the digest of its contents.

In charge of identity: equal contents have one id, whoever bundled them and whenever.
No I/O. Must never hold a deployment file: sources and secrets stay where they serve.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from gateway.errors import GatewayError
from gateway.record import Model, field
from gateway.values import JsonValue

LANGUAGE = 1
"""The version of the profile language that bundles are written in."""
FOLDERS = ("documents", "operations", "profiles", "schema")
"""What the files of a bundle stand below."""
SHORT = 12
"""Characters of an id that people are shown."""
ID_LENGTH = 64


class ReleaseError(GatewayError):
    """What was asked for cannot be done with this release or store."""


class UnfitBundleError(ReleaseError):
    """What was read is no whole bundle, not the one that was meant, or unproved."""


class UnknownReleaseError(ReleaseError):
    """There is no such release here."""


class LostRaceError(ReleaseError):
    """Somebody else was faster; nothing was changed."""


class StoreError(ReleaseError):
    """The store cannot be asked, or answers what no store of ours does."""


class Facts(Model, frozen=True):
    """What is remembered of a bundle besides its contents; no part of its id.

    ``created`` is UTC, as ISO 8601 writes it. ``headwater`` is the version that made
    it.
    """

    created: str
    by: str
    note: str = ""
    headwater: str = ""


class Bundle(Model, frozen=True):
    """Texts by name (``profiles/customer360.yaml``), which never change.

    ``signatures`` prove the id, by the name of the key that made each.
    """

    id: str
    files: Mapping[str, str]
    facts: Facts
    signatures: Mapping[str, str] = field(default_factory=dict)

    def below(self, folder: str) -> Mapping[str, str]:
        """The texts of one folder, under their whole names."""
        return {n: t for n, t in self.files.items() if n.startswith(f"{folder}/")}

    def manifest(self) -> Mapping[str, JsonValue]:
        """What the bundle says of itself."""
        return {
            "id": self.id,
            "language": LANGUAGE,
            "created": self.facts.created,
            "by": self.facts.by,
            "note": self.facts.note,
            "headwater": self.facts.headwater,
            "files": {name: file_digest(self.files[name]) for name in self.files},
        }


def bundle_of(files: Mapping[str, str], facts: Facts) -> Bundle:
    """The bundle of these texts. Their order does not matter."""
    ordered = {name: files[name] for name in sorted(files)}
    return Bundle(id_of(ordered), ordered, facts)


def id_of(files: Mapping[str, str]) -> str:
    """The digest of the contents: of every name with what stands under it."""
    sha = hashlib.sha256(f"headwater bundle {LANGUAGE}\n".encode())
    for name in sorted(files):
        sha.update(f"{file_digest(files[name])} {name}\n".encode())
    return sha.hexdigest()


def file_digest(text: str) -> str:
    """SHA-256 of one file, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_id(text: str) -> bool:
    """Whether it is spelled as a whole id is."""
    return len(text) == ID_LENGTH and set(text) <= set("0123456789abcdef")
