"""A provider as another package would have it: it counts, and fails where told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider import AbstractProvider, Metadata

from gateway.values import JsonValue


class Toggles(AbstractProvider):
    """Gives what it is made with; knows nothing of a flag called ``unknown``."""

    made: ClassVar[list[Toggles]] = []

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        super().__init__()
        if "refuses" in values:
            raise ValueError("a secret is in this text")
        self.values = values
        self.asked: list[tuple[str, str, str | None]] = []
        self.life: list[str] = []
        self.made.append(self)

    def get_metadata(self) -> Metadata:
        return Metadata(name="toggles")

    def initialize(
        self,
        evaluation_context: EvaluationContext,  # noqa: ARG002 - the contract's
    ) -> None:
        self.life.append("initialized")

    def shutdown(self) -> None:
        self.life.append("shut down")

    def _give(
        self, kind: str, key: str, default: Any, context: EvaluationContext | None
    ) -> FlagResolutionDetails[Any]:
        self.asked.append((kind, key, context.targeting_key if context else None))
        if key == "unknown":
            return FlagResolutionDetails(default, ErrorCode.FLAG_NOT_FOUND, "not here")
        if key == "raises":
            raise RuntimeError("gone")
        return FlagResolutionDetails(self.values.get(key, default))

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        return self._give("boolean", flag_key, default_value, evaluation_context)

    def resolve_string_details(
        self,
        flag_key: str,
        default_value: str,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[str]:
        return self._give("string", flag_key, default_value, evaluation_context)

    def resolve_integer_details(
        self,
        flag_key: str,
        default_value: int,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[int]:
        return self._give("integer", flag_key, default_value, evaluation_context)

    def resolve_float_details(
        self,
        flag_key: str,
        default_value: float,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[float]:
        return self._give("float", flag_key, default_value, evaluation_context)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[Any] | Mapping[str, Any],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[Any] | Mapping[str, Any]]:
        return self._give("object", flag_key, default_value, evaluation_context)
