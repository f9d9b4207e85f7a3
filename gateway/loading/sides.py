"""What a configuration comes to, as one side of a comparison.

In charge of what `comparing` cannot see: profiles laid over their bases, schemas as
tenants see them, settings of sources. Must never compare, nor show a value of a
deployment file that may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphql import GraphQLSchema

from gateway.comparing.model import EVERYBODY, Fact, Kind, Operation, Part, Side
from gateway.comparing.parts import Configured, Reading, declared, operation_of
from gateway.comparing.written import Written
from gateway.errors import Problems
from gateway.loading.askers import Asker, offered_to
from gateway.loading.examining import Examined
from gateway.loading.resolving import resolver_of
from gateway.persisted.model import named_in
from gateway.profile.layering import layered
from gateway.profile.model import Candidate, Profile
from gateway.profile.source import Document, read
from gateway.schema.pruning import Views
from gateway.schema.shapes import shapes_of
from gateway.values import SourceSpan


def side_of(examined: Examined, name: str, askers: Iterable[Asker]) -> Side:
    """The side that people call ``name``, as these see it.

    It was examined without an error.
    """
    making = _Making(examined)
    return Side(
        name,
        tuple(making.parts()),
        making.schemas(askers),
        {one.name: one for one in making.operations()},
        {at: span for p in making.profiles for at, span in declared(p.profile).items()},
    )


@dataclass(slots=True)
class _Making:
    """One side at work. Files are read once."""

    of: Examined
    profiles: tuple[Configured, ...] = ()
    _documents: dict[str, Document | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.profiles = tuple(self._configured())

    # -- profiles --

    def _configured(self) -> Iterator[Configured]:
        audience = self.of.audience
        for profile in audience.profiles.values() if audience else ():
            yield Configured(profile, "", self._written((), profile))
        for family in self.of.families:
            files = {one.name: one.span.file for one in family.candidates}
            for one in family.candidates:
                if one.profile is not None:
                    below = tuple(self._files(one, files))
                    variant = "" if one.match is None else one.name
                    written = self._written(below, one.profile)
                    yield Configured(one.profile, variant, written)

    def _files(self, one: Candidate, files: Mapping[str, str]) -> Iterator[str]:
        """The files that a profile lies over, the lowest first.

        A base that serves nobody itself is found by its name all the same.
        """
        known = {self._name(file): file for file in self.of.texts}
        for name in one.ancestors:
            file = files.get(name) or known.get(name)
            if file is not None:
                yield file

    def _name(self, file: str) -> str:
        document = self.find(file)
        said = document.data.get("profile") if document else None
        return (
            said
            if isinstance(said, str)
            else file.rpartition("/")[2].partition(".y")[0]
        )

    def _written(self, below: tuple[str, ...], profile: Profile) -> Written | None:
        """What is written of it; one that extends another laid over that."""
        made: Document | None = None
        for file in (*below, profile.span.file):
            document = self.find(file)
            if document is None:
                return None
            made = document if made is None else layered(made, document, Problems())
        return Written(made) if made is not None else None

    def find(self, file: str) -> Document | None:
        """A file's own document."""
        if file not in self._documents:
            text = self.of.texts.get(file)
            found = None if text is None else read(text, file, Problems())
            self._documents[file] = found
        return self._documents[file]

    # -- what sides have --

    def parts(self) -> Iterator[Part]:
        reading = Reading(self.find)
        for one in self.profiles:
            yield from reading.of_profile(one)
        audience = self.of.audience
        for entity in audience.entities.values() if audience else ():
            yield from reading.of_entity(entity)
        for name, saved in self.of.saved.items():
            at = SourceSpan(saved.file)
            known = {"document": Fact(saved.document, at)}
            yield Part(Kind.SAVED, name, at, known, of=name)
        for entry in self.of.listed:
            text = {"document": Fact(entry.document, entry.span)}
            named = named_in(entry.document)
            yield Part(Kind.LISTED, entry.id, entry.span, text, of=named)
        yield from self._sources()
        yield from self._policies()

    def operations(self) -> Iterator[Operation]:
        audience, schema = self.of.audience, self.of.schema
        if audience is None or schema is None:
            return
        shapes = shapes_of(schema, "")
        for one in self.profiles:
            yield operation_of(one, audience.entities, shapes)

    def _sources(self) -> Iterator[Part]:
        """Settings are told as changed or not: one of them may be a secret."""
        for name, settings in self.of.deployment.sources.items():
            place = self._place("sources", name)
            written = settings.model_dump(mode="json", exclude_unset=True)
            known = {
                key: self._setting(key, value, self._place("sources", name, key))
                for key, value in written.items()
            }
            yield Part(Kind.SOURCE, name, place, known)

    def _setting(self, key: str, value: object, place: SourceSpan) -> Fact:
        """Paths are compared as they are written: from the deployment's folder on."""
        files = self.of.deployment.files
        folder = f"{files[0].parent}/" if files else ""
        text = str(value).replace(folder, "") if len(folder) > 1 else str(value)
        return Fact(text, place, sealed=key not in _PLAIN)

    def _policies(self) -> Iterator[Part]:
        for tag, policy in self.of.deployment.policies.items():
            place = self._place("policies", tag)
            known = {
                "when": Fact(policy.when, place),
                "deny": Fact(str(policy.deny), place),
                "keep": Fact(str(policy.keep), place),
            }
            yield Part(Kind.POLICY, tag, place, known)

    def _place(self, *trail: str) -> SourceSpan:
        deployment = self.of.deployment
        file = str(deployment.files[0]) if deployment.files else "headwater.yaml"
        document = self._deployed(file)
        if document is None:
            return SourceSpan(file)
        return document.span(trail, key=True)

    def _deployed(self, file: str) -> Document | None:
        """The first deployment file, for its places."""
        if file not in self._documents:
            try:
                text = Path(file).read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                text = ""
            self._documents[file] = read(text, file, Problems())
        return self._documents[file]

    # -- schemas --

    def schemas(self, askers: Iterable[Asker]) -> Mapping[str, GraphQLSchema]:
        """The whole one, and that of each of these of whom no more is known."""
        audience, schema = self.of.audience, self.of.schema
        if audience is None or schema is None:
            return {}
        common = audience.protected(self.of.protection)
        found, views = {EVERYBODY: schema}, Views(schema)
        resolver = resolver_of(common, self.of.families, shapes_of(schema, ""))
        if resolver is None:
            return found
        for asker in sorted(askers, key=lambda one: one.name)[:_MOST_ASKERS]:
            found[asker.name] = views.without(offered_to(asker, resolver).hidden)
        return found


_MOST_ASKERS = 500
"""Schemas that are made of one side; each takes some milliseconds."""
_PLAIN = frozenset({"type", "timeout", "max_in_flight", "owner", "retry_budget"})
"""Settings of sources that are surely no secret."""
