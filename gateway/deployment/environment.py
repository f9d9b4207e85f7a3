"""`${NAME}`, `${NAME:-default}` and `${file:...}` in a deployment file.

In charge of replacing them and of remembering where it did, so that what came from
outside is never shown. ``${ cel }``, with a space, is an expression and stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gateway.errors import Problems, did_you_mean
from gateway.profile.source import Document
from gateway.record import Model, Struct, field
from gateway.unfit import Trail
from gateway.values import JsonValue, SourceSpan

_REFERENCE = re.compile(
    r"\$?\$\{(?:"
    r"(?P<cel>\s[^}]*)"
    r"|file:(?P<file>[^}]+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?"
    r"|(?P<other>[^}]*)"
    r")\}"
)
_LARGEST = 1_000_000
"""Bytes of a file that a value is read from."""


class Environment(Struct):
    """Replaces references in one file after another.

    ``read`` are the files it read, ``secret`` the trails that hold something from
    outside, ``confided`` what came from there into headers, ``spoiled`` the places
    where a reference leads nowhere.
    """

    variables: Mapping[str, str]
    problems: Problems
    read: list[Path] = field(default_factory=list)
    secret: set[Trail] = field(default_factory=set)
    confided: set[str] = field(default_factory=set)
    spoiled: set[SourceSpan] = field(default_factory=set)

    def fill(self, document: Document, base: Trail = ()) -> Mapping[str, JsonValue]:
        """The document's data with every reference replaced."""
        place = _Place(self, document, base)
        return {key: place.value((key,), each) for key, each in document.data.items()}


class _Place(Model, frozen=True):
    """Where the walk through one document is."""

    environment: Environment
    document: Document
    base: Trail

    def value(self, trail: Trail, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.text(trail, value) if "${" in value else value
        if isinstance(value, Mapping):
            return {k: self.value((*trail, k), each) for k, each in value.items()}
        if isinstance(value, list):
            return [self.value((*trail, n), each) for n, each in enumerate(value)]
        return value

    def text(self, trail: Trail, text: str) -> str:
        templated = _takes_expressions((*self.base, *trail))

        def replace(found: re.Match[str]) -> str:
            if found[0].startswith("$$"):
                return found[0] if templated else found[0][1:]
            if found["cel"] is not None:
                if not templated:
                    self.problem(
                        trail,
                        "an expression cannot stand here",
                        "write ${NAME} for a variable",
                    )
                return found[0]
            made = self.reference(trail, found)
            if templated and made not in (found["default"], found[0]):
                self.environment.confided.add(made)
            return made.replace("${", "$${") if templated else made

        return _REFERENCE.sub(replace, text)

    def reference(self, trail: Trail, found: re.Match[str]) -> str:
        """What a variable or a file says; the reference where it leads nowhere."""
        if found["other"] is not None:
            inner = found["other"]
            self.problem(
                trail,
                f"${{{inner}}} is neither a variable nor an expression",
                f"write ${{ {inner} }} for an expression",
            )
            return found[0]
        self.environment.secret.add((*self.base, *trail))
        if found["file"] is not None:
            content = self.file(trail, found["file"])
            return found[0] if content is None else content
        name, default = found["name"], found["default"]
        value = self.environment.variables.get(name)
        if value or (value is not None and default is None):
            return value
        if default is not None:
            return default
        near = did_you_mean(name, self.environment.variables)
        hint = f"set it, or give a default: ${{{name}:-...}}"
        message = f"the environment variable {name} is not set"
        self.problem(trail, message, f"{near} {hint}" if near else hint)
        return found[0]

    def file(self, trail: Trail, name: str) -> str | None:
        path = Path(self.document.file).parent / name
        self.environment.read.append(path)
        try:
            if path.stat().st_size > _LARGEST:
                self.problem(trail, f"the file {name} is too large for a value", None)
                return None
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            self.problem(
                trail,
                f"the file {name} cannot be read: {reason}",
                "the path is relative to this file; create it, or mount the secret",
            )
            return None

    def problem(self, trail: Trail, message: str, hint: str | None) -> None:
        span = self.document.span(trail)
        self.environment.spoiled.add(span)
        self.environment.problems.add(span, message, hint=hint)


def _takes_expressions(trail: Trail) -> bool:
    """Whether values here may be ``${ cel }``: headers of sources."""
    match trail:
        case ("sources", _, "headers", *_):
            return True
        case _:
            return False
