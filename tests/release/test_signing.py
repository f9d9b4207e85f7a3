"""Who signed a bundle is proved by the keys of the deployment and nothing else."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.record import replace
from gateway.release.model import ReleaseError, UnfitBundleError
from gateway.release.releases import Releases
from gateway.release.signing import (
    PrivateKey,
    PublicKey,
    SharedSecret,
    read_private,
    require_key,
    require_proof,
    signed,
)
from gateway.release.stores.directory import DirectoryStore
from tests.release.kit import Noon, bundle


def pair() -> tuple[PrivateKey, PublicKey]:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    form = PublicFormat.SubjectPublicKeyInfo
    return PrivateKey(private), PublicKey(
        key.public_key().public_bytes(Encoding.PEM, form)
    )


SECRET = SharedSecret(b"0123456789abcdef0123")


def test_a_signature_proves_its_own_bundle_and_no_other() -> None:
    """By either kind of key; the name of the key that fits is told."""
    private, public = pair()
    for sign, proof in ((private, public), (SECRET, SECRET)):
        made = signed(bundle(1), "ci", sign)
        assert require_proof(made, {"release": proof, "z": pair()[1]}) == "release"
        other = replace(bundle(2), signatures=made.signatures)
        with pytest.raises(UnfitBundleError, match="is signed as ci, which no key"):
            require_proof(other, {"release": proof})


def test_unsigned_and_wrongly_signed_bundles_prove_nothing() -> None:
    """Another key, another kind, and what is no signature at all."""
    private, public = pair()
    with pytest.raises(UnfitBundleError, match="is not signed"):
        require_proof(bundle(), {"ci": public})
    for text in (
        "",
        "ed25519:",
        "ed25519:!!",
        "hmac-sha256:é",
        "none:x",
        "ed25519:AA==",
    ):
        with pytest.raises(UnfitBundleError):
            require_proof(
                replace(bundle(), signatures={"ci": text}), {"a": public, "b": SECRET}
            )
    with pytest.raises(UnfitBundleError):
        require_proof(signed(bundle(), "ci", private), {"ci": pair()[1], "s": SECRET})
    with pytest.raises(UnfitBundleError):
        require_proof(signed(bundle(), "ci", SECRET), {"s": SharedSecret(b"x" * 16)})


def test_a_key_that_is_none_is_refused_and_never_shown() -> None:
    """Neither in an error nor in a repr."""
    curve = ec.generate_private_key(ec.SECP256R1())
    other = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for pem in (b"-----BEGIN PRIVATE KEY-----\nzzz\n-----END PRIVATE KEY-----", other):
        with pytest.raises(ReleaseError, match="no private key of Ed25519") as caught:
            signed(bundle(), "ci", PrivateKey(pem))
        assert "zzz" not in f"{caught.value} {PrivateKey(pem)!r}"
    with pytest.raises(ReleaseError, match="no public key of Ed25519"):
        require_key(PublicKey(b"nothing"))
    assert "0123" not in repr(SECRET)


def test_a_key_file_is_a_private_key_or_else_a_shared_secret() -> None:
    """A secret's file may end with a new line."""
    private, _ = pair()
    assert read_private(private.pem) == private
    assert read_private(b"0123456789abcdef0123\n") == SECRET


def test_a_signature_that_comes_later_is_added_in_the_store(tmp_path: object) -> None:
    """The bundle and its id stay; the first publisher's facts stay."""
    here = Releases(DirectoryStore(tmp_path), "stable", Noon())  # type: ignore[arg-type]
    here.publish(bundle())
    assert not here.publish(signed(bundle(), "ci", SECRET))
    assert not here.publish(signed(bundle(), "qa", SharedSecret(b"y" * 16)))
    assert sorted(here.fetch(bundle().id).signatures) == ["ci", "qa"]


def test_a_right_signature_takes_the_place_of_a_wrong_one(tmp_path: object) -> None:
    """Whoever was first under a name does not keep a release from serving."""
    here = Releases(DirectoryStore(tmp_path), "stable", Noon())  # type: ignore[arg-type]
    here.publish(signed(bundle(), "ci", SharedSecret(b"y" * 16)))
    with pytest.raises(UnfitBundleError):
        require_proof(here.fetch(bundle().id), {"ci": SECRET})
    assert not here.publish(signed(bundle(), "ci", SECRET))
    assert not here.publish(bundle())
    require_proof(here.fetch(bundle().id), {"ci": SECRET})
