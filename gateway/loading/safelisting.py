"""The manifests that a deployment names, read and held against a schema.

In charge of each file's last good version, and of nothing being validated again while
neither it nor the schema changed. A document that is not valid stays in the list: its
clients are told what is wrong with it, as they would be without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graphql import GraphQLSchema

from gateway.deployment import Deployment
from gateway.errors import Problem, Problems, RequestError
from gateway.loading.files import name_of
from gateway.persisted.listing import listed
from gateway.persisted.manifest import Entry, read_manifest
from gateway.persisted.model import Mode, Persisted
from gateway.policy.limits import Limits
from gateway.request.document import read_document
from gateway.values import SourceSpan, digest


@dataclass(slots=True)
class Manifests:
    """Reads them load after load; remembers what they came to."""

    _good: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    _wrong: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """Why a document is not valid, by what its reading depends on and its text."""

    def take(
        self, deployment: Deployment, schema: GraphQLSchema, limits: Limits, key: str
    ) -> Persisted:
        """The documents of these files; ``key`` stands for the schema."""
        written, problems = deployment.persisted, Problems()
        entries = tuple(self._entries(deployment, problems))
        known = listed(entries, problems)
        reading = digest(key, str(limits))
        self._check(entries, schema, limits, reading)
        mode = Mode(written.safelist)
        report = problems.add if mode is Mode.ENFORCE else problems.warn
        for entry in entries:
            reason = self._wrong[reading, entry.document]
            if reason is not None:
                shown = f"the document {entry.id[:80]!r} is not valid: {reason}"
                hint = "keep what its clients need, or take it out of the manifest"
                report(entry.span, shown, hint=hint)
        if mode is Mode.ENFORCE and deployment.federation is not None:
            problems.warn(
                deployment.places.get(("persisted", "manifests"), _FILE),
                "a router's own queries are in no manifest, and are refused",
                hint="write safelist: log",
            )
        return Persisted(
            automatic=written.automatic,
            memory=written.memory,
            shared=written.automatic and deployment.cache.url is not None,
            mode=mode,
            ids_only=written.ids_only,
            listed=known,
            problems=tuple(problems.found),
        )

    def _entries(self, deployment: Deployment, problems: Problems) -> Iterator[Entry]:
        place = deployment.places.get(("persisted", "manifests"), _FILE)
        for path in deployment.persisted.manifests:
            files = sorted(path.glob("*.json")) if path.is_dir() else [path]
            for file in files:
                yield from self._of_file(file, place, problems)

    def _of_file(
        self, path: Path, place: SourceSpan, problems: Problems
    ) -> tuple[Entry, ...]:
        """A file's documents; those that it had last where it is broken now."""
        name = name_of(path)
        try:
            found = read_manifest(name, path.read_text("utf-8"), problems)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            problems.add(place, f"the manifest {name} cannot be read: {reason}")
            found = None
        if found is not None:
            self._good[name] = found
        return self._good.get(name, ())

    def _check(
        self,
        entries: tuple[Entry, ...],
        schema: GraphQLSchema,
        limits: Limits,
        reading: str,
    ) -> None:
        before, self._wrong = self._wrong, {}
        for entry in entries:
            key = reading, entry.document
            if key in before:
                self._wrong[key] = before[key]
            elif key not in self._wrong:
                self._wrong[key] = _why_not(entry.document, schema, limits)


def _why_not(document: str, schema: GraphQLSchema, limits: Limits) -> str | None:
    try:
        read_document(document, schema, limits, "")
    except RequestError as error:
        return error.message
    return None


def all_problems(
    found: tuple[Problem, ...], persisted: Persisted
) -> tuple[Problem, ...]:
    """What was found, and what is wrong with the manifests."""
    return tuple(sorted({*found, *persisted.problems}))


_FILE = SourceSpan("headwater.yaml")
