"""A deployment's flags: read, their provider made, and kept as long as it stays so.

A reload that does not touch `flags` keeps the provider with its connections; one that
no generation uses any more is shut down.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from gateway.deployment import Deployment
from gateway.deployment.flags import FILE, FlagSettings
from gateway.errors import Problems, did_you_mean
from gateway.flags.model import FlagDefinition, FlagValue
from gateway.installed import PluginError, added, label, loaded
from gateway.loading.files import name_of
from gateway.record import Model, Struct, field
from gateway.telemetry.events import Observer, unobserved
from gateway.values import SourceSpan, canonical

if TYPE_CHECKING:
    from openfeature.provider import FeatureProvider

    from gateway.flags.asking import Flags

GROUP = "headwater.flags"
"""Entry points: a name for `provider`, and what makes one of the `options`."""


class Offered(Model, frozen=True):
    """The flags that there are, with their defaults; a file's, with their rules."""

    defaults: Mapping[str, FlagValue] | None = None
    definitions: Mapping[str, FlagDefinition] | None = None


def offered(deployment: Deployment, problems: Problems) -> Offered:
    """The flags of a deployment, read; a provider is not asked yet."""
    settings = deployment.flags
    if settings is None:
        return Offered()
    if settings.path is None:
        return Offered(settings.defaults)
    from gateway.flags.written import read_flags

    text = _text(settings.path, deployment, problems)
    found = None if text is None else read_flags(text, name_of(settings.path), problems)
    if found is None:
        return Offered()
    return Offered({name: flag.default for name, flag in found.items()}, found)


def _text(path: Path, deployment: Deployment, problems: Problems) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        place = _place(deployment, "path")
        problems.add(place, f"{name_of(path)} cannot be read: {why}")
        return None


def _place(deployment: Deployment, key: str) -> SourceSpan:
    file = str(deployment.files[0]) if deployment.files else "headwater.yaml"
    return deployment.places.get(("flags", key), SourceSpan(file))


class _Held(Struct):
    provider: FeatureProvider
    users: int = 0


class FlagPool(Struct):
    """One provider for each setting that a generation in use names."""

    observe: Observer = unobserved
    _held: dict[bytes, _Held] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def open(
        self, deployment: Deployment, found: Offered, problems: Problems
    ) -> tuple[Flags | None, Callable[[], None]]:
        """The flags, and what gives their provider back. May be called in a thread.

        None where there are none, and, with a problem, where the provider cannot be
        made.
        """
        settings, defaults = deployment.flags, found.defaults
        if settings is None or defaults is None:
            return None, _nothing
        from gateway.flags.asking import Flags

        if found.definitions is not None:
            from gateway.flags.provider import FileProvider

            own = FileProvider(found.definitions)
            return Flags(own, defaults, self.observe), _nothing
        key = canonical([settings.provider, dict(settings.options)])
        with self._lock:
            held = self._held.get(key)
            if held is None:
                made = _made(settings, deployment, problems)
                if made is None:
                    return None, _nothing
                held = self._held[key] = _Held(made)
            held.users += 1
        flags = Flags(held.provider, defaults, self.observe)
        return flags, partial(self._release, key)

    def _release(self, key: bytes) -> None:
        with self._lock:
            held = self._held[key]
            held.users -= 1
            if held.users:
                return
            del self._held[key]
        with contextlib.suppress(Exception):  # another's code, and nobody waits for it
            held.provider.shutdown()


def _made(
    settings: FlagSettings, deployment: Deployment, problems: Problems
) -> FeatureProvider | None:
    """A provider that is ready; None, with a problem, where it cannot be."""
    from openfeature.evaluation_context import EvaluationContext

    place = _place(deployment, "provider")
    try:
        make = _maker(settings.provider)
    except PluginError as error:
        problems.add(place, str(error), hint=_known(settings.provider))
        return None
    try:
        made: FeatureProvider = make(**settings.options)
        made.initialize(EvaluationContext())
    except Exception as error:  # noqa: BLE001 - another's code; its text may be secret
        problems.add(
            place,
            f"the provider {settings.provider!r} cannot be made: it raises "
            f"{type(error).__name__}",
            hint="see its documentation for what 'options' it takes",
        )
        return None
    return made


def check_provider(deployment: Deployment, found: Offered, problems: Problems) -> None:
    """Whether there is the provider that a deployment names; none is made."""
    settings = deployment.flags
    if settings is None or found.definitions is not None or settings.provider == FILE:
        return
    try:
        _maker(settings.provider)
    except PluginError as error:
        place = _place(deployment, "provider")
        problems.add(place, str(error), hint=_known(settings.provider))


def _nothing() -> None:
    """Nothing is to be given back."""


def _maker(provider: str) -> Callable[..., Any]:
    """What makes a provider.

    Raises:
        PluginError: nobody of that name is installed.
    """
    for entry in added(GROUP):
        if entry.name == provider:
            found = loaded(entry)
            if not callable(found):
                raise PluginError(f"{label(entry)} makes no provider")
            return found
    module, _, name = provider.partition(":")
    if not name:
        raise PluginError(f"there is no provider of flags {provider!r}")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"{provider!r} cannot be imported: {error}") from None
    if not callable(found):
        raise PluginError(f"{provider!r} makes no provider")
    return found  # type: ignore[no-any-return]


def _known(provider: str) -> str:
    names = (FILE, *(entry.name for entry in added(GROUP)))
    hint = did_you_mean(provider, names) if ":" not in provider else None
    return hint or "install the package that has it, or write provider: file"


__all__ = ["GROUP", "FlagPool", "Offered", "check_provider", "offered"]
