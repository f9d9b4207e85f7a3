"""Step types and sources of other packages, held to the contract as far as is seen.

In charge of a plug-in that does not fit being told at once, by name. What it does at
run time `gateway.testing.contract` tries. Must never know one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any, cast

from gateway.connectors.base import Call, Reply, Source, StepType, Wire
from gateway.connectors.plugged_steps import PluggedStep
from gateway.connectors.settings import PluginSettings
from gateway.errors import ErrorClass, UpstreamError
from gateway.installed import PluginError, label, require
from gateway.strict import StrictModel
from gateway.values import JsonValue

_STEP_TYPE = (
    *("names", "options", "sources", "default_source"),
    *("compile", "shape", "rules", "idempotent"),
)
_SOURCE = ("render", "call", "describe", "close")


def require_step_type(plugin: EntryPoint, found: object) -> StepType[Any]:
    """The step type that an entry point names, as a class without arguments.

    Raises:
        PluginError: it is none.
    """
    require(plugin, found, _STEP_TYPE)
    if not isinstance(found, type):
        raise PluginError(f"{label(plugin)} is no class")
    options = cast("Any", found).options
    if not isinstance(options, type) or not issubclass(options, StrictModel):
        raise PluginError(f"{label(plugin)} has options that are no StepOptions")
    try:
        made = found()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise PluginError(f"{label(plugin)} cannot be made: {why}") from error
    return cast("StepType[Any]", PluggedStep(made, label(plugin)))


def opened(settings: PluginSettings) -> Source[Any]:
    """A plug-in's source; one that it cannot make fails call by call instead.

    So a deployment with one bad source goes on serving from all others.
    """
    try:
        made = settings.open()
    except Exception as error:  # noqa: BLE001 - whatever another package raises
        return _Unopened(settings.kind, type(error).__name__)
    lacking = [name for name in _SOURCE if not hasattr(made, name)]
    if lacking:
        return _Unopened(settings.kind, f"it has no {lacking[0]!r}")
    return cast("Source[Any]", made)


class _Unopened:
    """Stands for a source that a plug-in could not make."""

    __slots__ = ("_why",)

    def __init__(self, kind: str, error: str) -> None:
        self._why = f"a source of type {kind!r} could not be opened: {error}"

    def render(self, call: Call[Any]) -> Wire:
        return Wire(call.step)

    async def call(self, _call: Call[Any]) -> Reply:
        message = "The source cannot be reached."
        raise UpstreamError(message, kind=ErrorClass.CONNECT, detail=self._why)

    def describe(self, call: Call[Any]) -> Mapping[str, JsonValue]:
        return {"step": call.step}

    async def close(self) -> None:
        """There is nothing to give back."""
