"""The provider that is built in: flags of a file, by OpenFeature's contract.

In charge of answering like every other provider, so that a deployment moves to another
by its settings alone. Must never raise: a rule that fails is an error code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, Reason
from openfeature.provider import AbstractProvider, Metadata

from gateway.expression import EvaluationError
from gateway.flags.model import FlagDefinition, resolve

T = TypeVar("T")


class FileProvider(AbstractProvider):
    """Resolves flags of a file; rules read the context's attributes as `request`."""

    def __init__(self, flags: Mapping[str, FlagDefinition]) -> None:
        super().__init__()
        self._flags = flags

    def get_metadata(self) -> Metadata:
        return Metadata(name="headwater-file")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: FBT001 - OpenFeature's signature
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        return self._details(flag_key, default_value, evaluation_context)

    def resolve_string_details(
        self,
        flag_key: str,
        default_value: str,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[str]:
        return self._details(flag_key, default_value, evaluation_context)

    def resolve_integer_details(
        self,
        flag_key: str,
        default_value: int,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[int]:
        return self._details(flag_key, default_value, evaluation_context)

    def resolve_float_details(
        self,
        flag_key: str,
        default_value: float,
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[float]:
        return self._details(flag_key, default_value, evaluation_context)

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[Any] | Mapping[str, Any],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[Any] | Mapping[str, Any]]:
        return self._details(flag_key, default_value, evaluation_context)

    def _details(
        self, key: str, default: T, context: EvaluationContext | None
    ) -> FlagResolutionDetails[T]:
        flag = self._flags.get(key)
        if flag is None:
            return FlagResolutionDetails(
                default, ErrorCode.FLAG_NOT_FOUND, reason=Reason.ERROR
            )
        scope = {"request": context.attributes if context else {}, "flags": {}}
        try:
            value, reason = resolve(key, flag, scope)
        except EvaluationError as error:
            return FlagResolutionDetails(
                default, ErrorCode.GENERAL, str(error), reason=Reason.ERROR
            )
        found: Any = value
        return FlagResolutionDetails(found, reason=reason)
