"""Models of whole steps: the common keys and those of one type together.

In charge of which model reads a step. The types come from the connectors, as a map of
names to options; nothing here knows one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, Optional, cast

from pydantic import Field, create_model

from gateway.profile.document.step import StepDocument
from gateway.strict import StrictModel

DEFAULT_TYPE = "api"


@dataclass(frozen=True)
class StepTypes:
    """The step types of a gateway: each name with the options it adds to a step."""

    options: Mapping[str, type[StrictModel]]

    @cached_property
    def whole(self) -> Mapping[str, type[StepDocument]]:
        """Models of complete steps by type name."""
        return {name: self.model_of(name) for name in self.options}

    @cached_property
    def partial(self) -> Mapping[str, type[StepDocument]]:
        """Models of a variant's steps, which may say as little as a name."""
        return {name: self.model_of(name, partial=True) for name in self.options}

    def model_of(self, name: str, *, partial: bool = False) -> type[StepDocument]:
        """The model that reads a step of this type: a complete one, or a variant's."""
        options = self.options[name]
        names = self.names_of(options)
        whole = _model(options, names)
        return _partial(whole, names[0]) if partial else whole

    def names_of(self, options: type[StrictModel]) -> tuple[str, ...]:
        return tuple(name for name, each in self.options.items() if each is options)

    def with_key(self, key: str) -> tuple[str, ...]:
        """The types that have a key of this name, each by its first name."""
        models = dict.fromkeys(self.options.values())
        return tuple(
            self.names_of(model)[0] for model in models if key in model.model_fields
        )

    def guess(self, step: Mapping[str, object]) -> str:
        """The type of a step that is only changed and so need not name it."""
        own = [key for key in step if key not in StepDocument.model_fields]
        if isinstance(step.get("query"), str):
            own.append("params")
        fits = (name for name in self.options if self._has(name, own))
        return next(fits, DEFAULT_TYPE) if own else DEFAULT_TYPE

    def _has(self, name: str, keys: Iterable[str]) -> bool:
        return self.options[name].model_fields.keys() >= set(keys)


@lru_cache(maxsize=256)
def _model(options: type[StrictModel], names: tuple[str, ...]) -> type[StepDocument]:
    """One model of a step of the type; ``type`` need not be written for the default."""
    kind: Any = Literal[names]
    given = DEFAULT_TYPE if DEFAULT_TYPE in names else ...
    described = Field(given, description="What kind of step it is.")
    title = f"{names[0].capitalize()}Step"
    bases: Any = (StepDocument, options)
    made: Any = create_model(title, __base__=bases, type=(kind, described))
    return cast("type[StepDocument]", made)


@lru_cache(maxsize=256)
def _partial(model: type[StepDocument], name: str) -> type[StepDocument]:
    """The same with nothing required but the step's name. `name` is the type's."""
    loose: dict[str, Any] = {
        key: (Optional[field.annotation], Field(None, description=field.description))  # noqa: UP045
        for key, field in model.model_fields.items()
        if field.is_required() and key != "name"
    }
    kind = model.model_fields["type"]
    loose["type"] = (kind.annotation, Field(name, description=kind.description))
    return create_model(f"Changed{model.__name__}", __base__=model, **loose)
