"""A deployment's flags, asked of a provider by OpenFeature's contract.

In charge of an answer where the provider has none: the flag's default, and a word to
those who operate it. Must never wait: a provider answers from memory, as those do that
follow their source in the background.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from openfeature.evaluation_context import EvaluationContext
from openfeature.provider import FeatureProvider

from gateway.flags.asked import Asked
from gateway.flags.model import FlagValue
from gateway.request.model import RequestContext
from gateway.telemetry.events import FlagDefaulted, Observer

_QUIET = 60.0
"""Seconds between two words about the same flag: requests are many."""


class Flags:
    """Which flags there are, with their defaults, and who answers.

    Calling it gives those of one request.
    """

    __slots__ = ("_observe", "_told", "_ways", "defaults")

    def __init__(
        self,
        provider: FeatureProvider,
        defaults: Mapping[str, FlagValue],
        observe: Observer,
    ) -> None:
        self.defaults = defaults
        self._ways = {name: _way(provider, value) for name, value in defaults.items()}
        self._observe = observe
        self._told: dict[str, float] = {}

    def __call__(
        self, request: RequestContext, given: Mapping[str, FlagValue]
    ) -> Asked:
        """The flags of this request; those that are given are not asked for."""
        return Asked(self.defaults, partial(self._evaluate, request), given)

    def _evaluate(self, request: RequestContext, name: str) -> FlagValue:
        """What the provider says.

        Raises:
            KeyError: there is no such flag.
        """
        default = self.defaults[name]
        known_by = request.caller.subject or request.tenant
        attributes: Any = request.scope()
        context = EvaluationContext(known_by, attributes)
        try:
            details = self._ways[name](name, default, context)
            details.raise_for_error()
        except Exception as error:  # noqa: BLE001 - a provider is another's code
            self._tell(request, name, error)
            return default
        value: FlagValue = details.value
        return value

    def _tell(self, request: RequestContext, name: str, error: Exception) -> None:
        before = self._told.get(name)
        if before is None or request.started - before >= _QUIET:
            self._told[name] = request.started
            why = f"{type(error).__name__}: {error}"
            self._observe(FlagDefaulted(request.request_id, name, why))


def _way(provider: FeatureProvider, default: FlagValue) -> Any:
    """How a flag of this type is asked for."""
    if isinstance(default, bool):
        return provider.resolve_boolean_details
    if isinstance(default, int):
        return provider.resolve_integer_details
    if isinstance(default, float):
        return provider.resolve_float_details
    if isinstance(default, str):
        return provider.resolve_string_details
    return provider.resolve_object_details
