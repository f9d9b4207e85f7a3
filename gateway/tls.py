"""Certificates towards a source: PEM as it was read, and the trust made of it.

In charge of one meaning for all who speak TLS: nothing below TLS 1.2, and the other
side's name always checked. What is wrong with a file is said in words, by the key that
names it. Must never show a key or ask for a password at a terminal.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_BEGIN = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The contents of the files, read once, so that all of them are of one moment.

    ``ca`` are the authorities believed in place of the system's, ``cert`` our own
    certificate with its chain, ``key`` its key where it is not in ``cert``.
    ``server_name`` is the name that the other side has to prove, where it is not that
    of the URL.
    """

    ca: bytes | None = field(default=None, repr=False)
    cert: bytes | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    server_name: str | None = None


class TlsFilesError(Exception):
    """A file that is of no use: ``key`` is the one that names it."""

    def __init__(self, key: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.key = key
        self.message = message
        self.hint = hint


def trust_of(files: TlsFiles | None, alpn: Sequence[str] = ()) -> ssl.SSLContext:
    """What a client believes and shows: the system's authorities where none are given.

    ``alpn`` are the protocols offered, best first.

    Raises:
        TlsFilesError: a file is no PEM, or certificate and key do not fit.
    """
    made = _believing(None if files is None else files.ca)
    made.minimum_version = max(made.minimum_version, ssl.TLSVersion.TLSv1_2)
    if alpn:
        made.set_alpn_protocols(list(alpn))
    if files is not None and files.cert is not None:
        _show(made, files)
    return made


def _believing(authorities: bytes | None) -> ssl.SSLContext:
    """An empty file is no authority, and not the system's either."""
    if authorities is None:
        return ssl.create_default_context()
    try:
        if _BEGIN in authorities:
            text = authorities.decode("ascii", "replace")
            return ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        pass
    hint = "name a PEM file of certificates"
    raise TlsFilesError("ca", "this file has no certificate", hint)


def _show(made: ssl.SSLContext, files: TlsFiles) -> None:
    """Our own certificate, shown to who asks for it.

    OpenSSL reads it from files only: these are gone as soon as it has.
    """
    with _file(files.cert or b"") as cert, _file(files.key or b"") as key:
        secret = files.password or ""
        try:
            made.load_cert_chain(cert, key if files.key else None, lambda: secret)
        except (ssl.SSLError, OSError, ValueError) as error:
            raise _unfit(error, files) from None


def _unfit(error: Exception, files: TlsFiles) -> TlsFilesError:
    keyed = "key" if files.key else "cert"
    reason = getattr(error, "reason", None) or ""
    if "MISMATCH" in reason:
        message, hint = "the key is not that of the certificate", "name both of a pair"
        return TlsFilesError(keyed, message, hint)
    if _BEGIN not in (files.cert or b""):
        hint = "name a PEM file of the certificate"
        return TlsFilesError("cert", "this file has no certificate", hint)
    holder = files.key or files.cert or b""
    if b"ENCRYPTED" in holder:
        wrong = "does not open it" if files.password else "is missing"
        message = f"the key is encrypted, and its password {wrong}"
        return TlsFilesError(keyed, message, "write it: password: ${file:...}")
    if b"PRIVATE KEY-----" not in holder:
        hint = "name a PEM file of the key" if files.key else "name it: key: FILE"
        message = "this file has no key" if files.key else "the key is missing"
        return TlsFilesError(keyed, message, hint)
    message = "certificate or key cannot be read"
    return TlsFilesError(keyed, message, "check both with openssl")


@contextmanager
def _file(content: bytes) -> Iterator[str]:
    """A path that the content can be read from, by nobody else, until the end."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("pem")
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    descriptor, path = tempfile.mkstemp()  # readable by its owner only
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        yield path
    finally:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - a plain path is all there is


_WORDS = (
    ("certificate has expired", "its certificate has expired"),
    ("certificate is not yet valid", "its certificate is not valid yet"),
    ("hostname mismatch", "its certificate is for another name"),
    ("ip address mismatch", "its certificate is for another name"),
    ("self-signed", "its certificate is signed by no authority that is trusted"),
    ("unable to get", "its certificate is signed by no authority that is trusted"),
    ("certificate_required", "it asks for a certificate of the gateway"),
    ("certificate required", "it asks for a certificate of the gateway"),
    ("handshake_failure", "it refuses the handshake: it may ask for a certificate"),
    ("handshake failure", "it refuses the handshake: it may ask for a certificate"),
    ("unknown_ca", "it does not trust the gateway's certificate"),
    ("unknown ca", "it does not trust the gateway's certificate"),
    ("alert_certificate_expired", "the gateway's certificate has expired"),
    ("alert certificate expired", "the gateway's certificate has expired"),
    ("bad_certificate", "it refuses the gateway's certificate"),
    ("bad certificate", "it refuses the gateway's certificate"),
    ("protocol_version", "it speaks no TLS from 1.2 on"),
    ("protocol version", "it speaks no TLS from 1.2 on"),
    ("unsupported_protocol", "it speaks no TLS from 1.2 on"),
    ("wrong_version_number", "it speaks no TLS"),
    ("wrong version number", "it speaks no TLS"),
)


def tls_trouble(error: BaseException | None) -> str | None:
    """Why TLS did not come about, in words; None where TLS is not the reason."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        text = str(error).lower()
        if isinstance(error, ssl.SSLError) or "ssl" in text or "certificate" in text:
            found = (said for sign, said in _WORDS if sign in text)
            said = next(found, None)
            if said is not None:
                return said
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None
