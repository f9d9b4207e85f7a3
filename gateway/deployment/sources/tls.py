"""Certificates towards a source: the files as written, read when they are named.

In charge of reading them once, all of one moment, and of telling what is wrong with
them before a call does. Must never show what is in a key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from gateway.deployment.words import Discreet
from gateway.strict import Text, wrong_key
from gateway.tls import TlsFiles, TlsFilesError, trust_of
from gateway.values import digest

_LARGEST = 10_000_000
_FILES = ("ca", "cert", "key")


class Tls(Discreet):
    """Certificates towards a source."""

    ca: Path | None = Field(
        default=None, description="Authorities, PEM, in place of the system's."
    )
    cert: Path | None = Field(
        default=None, description="Own certificate with its chain, PEM."
    )
    key: Path | None = Field(
        default=None, description="Its key, PEM, where it is not in the same file."
    )
    password: SecretStr | None = Field(
        default=None, description="What opens an encrypted key: `${file:...}`."
    )
    server_name: Text | None = Field(
        default=None, description="The name it has to prove, if not that of the URL."
    )
    _files: TlsFiles = PrivateAttr(default=TlsFiles())

    @model_validator(mode="after")
    def _read(self) -> Self:
        if self.key is not None and self.cert is None:
            hint = "name the certificate: cert: FILE"
            raise wrong_key(
                "key", "a key is of no use without a certificate", hint=hint
            )
        password = self.password.get_secret_value() if self.password else None
        content = {name: _content(name, path) for name, path in self._named()}
        files = TlsFiles(**content, password=password, server_name=self.server_name)
        try:
            trust_of(files)
        except TlsFilesError as error:
            raise wrong_key(error.key, error.message, hint=error.hint) from None
        self._files = files
        return self

    @property
    def files(self) -> TlsFiles:
        """What was in the files when they were read."""
        return self._files

    @property
    def reads(self) -> tuple[Path, ...]:
        """The files: their change is told as that of the deployment's own files is."""
        return tuple(path for _, path in self._named())

    @property
    def content(self) -> str:
        """A digest of what is in the files."""
        files = self._files
        parts = (files.ca, files.cert, files.key)
        return digest(*(b"" if each is None else each for each in parts))

    def _named(self) -> tuple[tuple[str, Path], ...]:
        found = ((name, getattr(self, name)) for name in _FILES)
        return tuple((name, path) for name, path in found if path is not None)


def _content(key: str, path: Path) -> bytes:
    hint = "the path is relative to this file; create it, or mount the secret"
    try:
        if path.stat().st_size > _LARGEST:
            raise wrong_key(key, "this file is too large", hint="name a PEM file")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it is no file"
        message = f"the file {path.name} cannot be read: {reason}"
        raise wrong_key(key, message, hint=hint) from None
