"""The manifests that a deployment names, read and held against a schema.

In charge of each file's last good version, and of nothing being validated again while
neither it nor the schema changed. A document that is not valid stays in the list: its
clients are told what is wrong with it, as they would be without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from graphql import GraphQLSchema

from gateway.deployment import Deployment
from gateway.errors import Problem, Problems, ProfileError, RequestError, Severity
from gateway.loading.manifests import manifest_texts
from gateway.loading.written import Written
from gateway.persisted.listing import listed
from gateway.persisted.manifest import Entry, read_manifest
from gateway.persisted.model import Mode, Persisted
from gateway.policy.limits import Limits
from gateway.record import Struct, field
from gateway.request.document import read_document
from gateway.values import SourceSpan, digest


class Against(NamedTuple):
    """What documents are held against; ``key`` stands for the schema."""

    schema: GraphQLSchema
    limits: Limits
    key: str


class Manifests(Struct):
    """Reads them load after load; remembers what they came to."""

    entries: tuple[Entry, ...] = ()
    """The documents that were taken last."""
    mode: Mode = Mode.OFF
    _good: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    _wrong: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """Why a document is not valid, by what its reading depends on and its text."""

    def take(
        self, deployment: Deployment, texts: Written, against: Against
    ) -> Persisted:
        """The documents of these texts, or else of the deployment's own files."""
        written, problems = deployment.persisted, Problems()
        entries = self.entries = tuple(self._entries(deployment, texts, problems))
        known = listed(entries, problems)
        reading = digest(against.key, str(against.limits))
        self._check(entries, against, reading)
        mode = self.mode = Mode(written.safelist)
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

    def _entries(
        self, deployment: Deployment, written: Written, problems: Problems
    ) -> Iterator[Entry]:
        """Each file's documents; those that it had last where it is broken now.

        What came with a release stands for itself: no other one's takes its place.
        """
        texts = written.documents
        of_release = texts is not None and (written.whole or written.release)
        if texts is None:
            texts = manifest_texts(deployment, problems)
        for name, text in texts.items():
            found = None if text is None else read_manifest(name, text, problems)
            if of_release:
                yield from found or ()
                continue
            if found is not None:
                self._good[name] = found
            yield from self._good.get(name, ())

    def _check(
        self, entries: tuple[Entry, ...], against: Against, reading: str
    ) -> None:
        before, self._wrong = self._wrong, {}
        for entry in entries:
            key = reading, entry.document
            if key in before:
                self._wrong[key] = before[key]
            elif key not in self._wrong:
                self._wrong[key] = _why_not(entry.document, against)


def _why_not(document: str, against: Against) -> str | None:
    try:
        read_document(document, against.schema, against.limits, "")
    except RequestError as error:
        return error.message
    return None


def require_whole(
    written: Written, told: tuple[Problem, ...], persisted: Persisted
) -> None:
    """Have a release serve with all that is in it, or not at all.

    Raises:
        ProfileError: something in it has an error.
    """
    found = told if written.documents is None else all_problems(told, persisted)
    if written.whole and any(p.severity is Severity.ERROR for p in found):
        raise ProfileError(found)


def all_problems(
    found: tuple[Problem, ...], persisted: Persisted
) -> tuple[Problem, ...]:
    """What was found, and what is wrong with the manifests."""
    return tuple(sorted({*found, *persisted.problems}))


_FILE = SourceSpan("headwater.yaml")
