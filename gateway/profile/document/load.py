"""A YAML document to the model of its kind, or to the problems that prevent it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from gateway.errors import Problems, did_you_mean
from gateway.profile.document.files import KINDS, STEP_LISTS, FileDocument
from gateway.profile.document.operations import VariantDocument
from gateway.profile.document.step import StepDocument
from gateway.profile.document.types import DEFAULT_TYPE, StepTypes
from gateway.profile.source import Document
from gateway.record import Model
from gateway.strict import StrictModel
from gateway.unfit import Trail, Unfit, described


def load_document(
    document: Document, problems: Problems, types: Mapping[str, type[StrictModel]]
) -> FileDocument | None:
    """What the file says, or None and every problem in it. Never raises.

    ``types`` are the step types by name, each with the model of its own keys.
    """
    kind = _kind(document, problems)
    if kind is None:
        return None
    before = len(problems.errors)
    loader = _Loader(document, problems, _known(tuple(types.items())))
    made = loader.file(KINDS[kind])
    return None if len(problems.errors) > before or document.spoiled else made


@lru_cache(16)
def _known(types: tuple[tuple[str, type[StrictModel]], ...]) -> StepTypes:
    """The step types, worked out once for all files of a load."""
    return StepTypes(dict(types))


def _kind(document: Document, problems: Problems) -> str | None:
    """Which of the keys that say what a file is stands in this one."""
    found = [key for key in KINDS if key in document.data]
    if len(found) == 1:
        return found[0]
    if found:
        problems.add(
            document.span((found[1],), key=True),
            f"a file has either {found[0]!r} or {found[1]!r}, not both",
            hint="make two files of it",
        )
        return None
    near = next((h for key in document.data if (h := did_you_mean(key, KINDS))), None)
    problems.add(
        document.span(()),
        "the file does not say what it is",
        hint=near or "start it with operation:, entity:, fragment: or extends:",
    )
    return None


class _Loader(Model, frozen=True):
    """Reads one file, each step for itself: a bad one hides nothing of the others."""

    document: Document
    problems: Problems
    types: StepTypes

    def file(self, model: type[FileDocument]) -> FileDocument | None:
        data: dict[str, Any] = dict(self.document.data)
        for key in (k for k in STEP_LISTS if k in model.model_fields):
            written = data.get(key)
            if isinstance(written, list) and written:
                partial = model is VariantDocument
                several = self._steps(key, written, partial=partial)
                data[key] = several or [_PLACEHOLDER]
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self._unfit().explain(error, model)
            return None

    def _steps(
        self, key: str, written: list[Any], *, partial: bool
    ) -> list[StepDocument]:
        read = [
            self._step((key, number), step, partial=partial)
            for number, step in enumerate(written)
        ]
        self._unique(key, written)
        return [step for step in read if step is not None]

    def _step(self, trail: Trail, step: Any, *, partial: bool) -> StepDocument | None:
        if not isinstance(step, dict):
            if self.document.span(trail) not in self.document.spoiled:
                self.problems.add(
                    self.document.span(trail),
                    f"a step is a map of keys, and this is {described(step)}",
                    hint="write - name: account",
                )
            return None
        name = self._type(step, trail, partial=partial)
        if name is None:
            return None
        model = self.types.model_of(name, partial=partial)
        try:
            return model.model_validate(step)
        except ValidationError as error:
            self._unfit(name).explain(error, model, trail)
            return None

    def _type(
        self, step: Mapping[str, Any], trail: Trail, *, partial: bool
    ) -> str | None:
        """The step's type; None and a problem where this gateway has none such."""
        if "type" not in step:
            return self.types.guess(step) if partial else DEFAULT_TYPE
        name, known = step["type"], self.types.options
        if isinstance(name, str) and name in known:
            return name
        place = self.document.span((*trail, "type"))
        if place not in self.document.spoiled:
            near = did_you_mean(name, known) if isinstance(name, str) else None
            self.problems.add(
                place,
                f"there is no step type {described(name).strip(chr(39))!r}",
                hint=near or f"the types are {', '.join(known)}",
            )
        return None

    def _unique(self, key: str, written: list[Any]) -> None:
        seen: dict[str, int] = {}
        for number, step in enumerate(written):
            name = step.get("name") if isinstance(step, dict) else None
            if not isinstance(name, str):
                continue
            if name in seen:
                first = self.document.span((key, seen[name], "name"))
                self.problems.add(
                    self.document.span((key, number, "name")),
                    f"there are two steps named {name!r}",
                    hint=f"the other one is in line {first.line}; rename one",
                )
            seen.setdefault(name, number)

    def _unfit(self, step_type: str | None = None) -> Unfit:
        def foreign(trail: Trail, key: str) -> str | None:
            if len(trail) == 2 and trail[0] in STEP_LISTS:  # noqa: PLR2004
                return self._of_other_type(key, step_type)
            return _ELSEWHERE.get(key) if not trail else None

        return Unfit(
            self.document.span,
            self.problems,
            foreign=foreign,
            spoiled=self.document.spoiled,
        )

    def _of_other_type(self, key: str, step_type: str | None) -> str | None:
        others = [name for name in self.types.with_key(key) if name != step_type]
        if not others:
            return None
        return f"{key!r} belongs to type {' and '.join(others)}"


_PLACEHOLDER = StepDocument.model_construct(name="_", type=DEFAULT_TYPE)
"""Stands in where no step could be read, so that the file is not also too short."""
_ELSEWHERE = {
    "sources": "sources are declared in headwater.yaml",
    "remove": "only a variant, which has 'extends', removes something",
    "cases": "profile tests are files that end in .test.yaml",
}
