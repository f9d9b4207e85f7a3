"""What a profile is made of: its own steps and fields, and those of its fragments.

Each keeps the file it was written in, so that a mistake of a fragment is told in the
fragment. Must never compile anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.errors import Problems, did_you_mean
from gateway.profile.defaulting import defaults_for
from gateway.profile.document import FragmentDocument, ProfileDocument
from gateway.profile.scope import Written
from gateway.profile.source import Document
from gateway.profile.steps import StepText
from gateway.record import Model


class Fragment(Model, frozen=True):
    document: FragmentDocument
    file: Document


Fragments = Mapping[str, Fragment]


class FieldText(Model, frozen=True):
    """An entry of `fields` as written: ``Type.field`` and its expression."""

    coordinate: str
    text: str
    written: Written

    @property
    def type(self) -> str:
        return self.coordinate.partition(".")[0]

    @property
    def name(self) -> str:
        return self.coordinate.partition(".")[2]

    @property
    def below(self) -> tuple[str, str]:
        return "fields", self.coordinate


class Material(Model, frozen=True):
    """All steps by name and all computed fields by coordinate, ours winning."""

    steps: Mapping[str, StepText]
    fields: Mapping[str, FieldText]


def material_of(
    document: ProfileDocument, file: Document, fragments: Fragments, problems: Problems
) -> Material:
    """A profile's steps and fields: those of its fragments first, in their order."""
    steps: dict[str, StepText] = {}
    fields: dict[str, FieldText] = {}
    for number, name in enumerate(document.include):
        fragment = fragments.get(name)
        if fragment is None:
            span = Written(file).span(("include", number))
            hint = did_you_mean(name, fragments) or "add a file that says 'fragment'"
            problems.add(span, f"there is no fragment {name!r}", hint=hint)
            continue
        steps |= {t.document.name: t for t in _steps(fragment.document, fragment.file)}
        fields |= {t.coordinate: t for t in _fields(fragment.document, fragment.file)}
    steps |= {t.document.name: t for t in _steps(document, file)}
    fields |= {t.coordinate: t for t in _fields(document, file)}
    return Material(steps, fields)


def _steps(
    document: ProfileDocument | FragmentDocument, file: Document
) -> Iterator[StepText]:
    for number, step in enumerate(document.steps):
        written = Written(file, ("steps", number))
        defaults = defaults_for(step, document.defaults)
        yield StepText(step, written, defaults, document.owner)


def _fields(
    document: ProfileDocument | FragmentDocument, file: Document
) -> Iterator[FieldText]:
    for coordinate, text in document.fields.items():
        yield FieldText(coordinate, text, Written(file))
