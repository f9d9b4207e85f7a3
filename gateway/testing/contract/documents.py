"""What the written keys of step types and kinds of source have to keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.connectors.base import ReplyRules, StepType
from gateway.deployment.sources.every import AnySource
from gateway.profile.document import StepDocument
from gateway.strict import StrictModel
from gateway.testing.contract.subject import require


class StepTypeContract:
    """Subclass it with fixtures ``step_type`` and ``options``, an example of its keys.

    That a profile loads with it and runs is for a profile test to show.
    """

    def test_its_keys_are_its_own(self, step_type: StepType[Any]) -> None:
        """No key means something else in one type of step."""
        taken = step_type.options.model_fields.keys() & StepDocument.model_fields.keys()
        require(that=not taken, why=f"every step has {sorted(taken)} already")

    def test_its_keys_are_strict_and_described(self, step_type: StepType[Any]) -> None:
        """Unknown keys are errors; editors show what each key means."""
        _described(step_type.options, StrictModel, ())

    def test_it_says_how_it_is_called(self, step_type: StepType[Any]) -> None:
        """By one name at least; its own source is one that it can use by type."""
        require(that=bool(step_type.names), why="it has no name")
        no_source = not step_type.sources and step_type.default_source is not None
        require(that=not no_source, why="a step without a source has a default one")

    def test_what_it_says_of_calls_is_plain(
        self, step_type: StepType[Any], options: StrictModel
    ) -> None:
        """Asked twice it says the same."""
        said = [
            (
                step_type.shape(options),
                step_type.rules(options),
                step_type.idempotent(options),
            )
            for _ in range(2)
        ]
        require(that=said[0] == said[1], why="it says one thing and then another")
        _, rules, idempotent = said[0]
        require(that=isinstance(rules, ReplyRules), why=f"{rules!r} are no rules")
        require(that=isinstance(idempotent, bool), why=f"{idempotent!r} is no answer")


class SourceKeysContract:
    """Subclass it with fixtures ``model`` and ``word``, its name for ``type``."""

    def test_its_keys_are_strict_and_described(self, model: type[AnySource]) -> None:
        """Unknown keys are errors; editors show what each key means."""
        _described(model, AnySource, ("type",))

    def test_it_goes_by_its_word(self, model: type[AnySource], word: str) -> None:
        """``type`` takes the entry point's name and nothing else."""
        kind = model.model_json_schema()["properties"]["type"]
        require(that=kind.get("const") == word, why=f"'type' is not Literal[{word!r}]")

    def test_it_can_be_opened(self, model: type[AnySource]) -> None:
        """A package's kind of source has a method ``open``."""
        require(that=callable(getattr(model, "open", None)), why="it has no 'open'")


def _described(model: type[StrictModel], base: type, but: Sequence[str]) -> None:
    require(that=issubclass(model, base), why=f"it is no {base.__name__}")
    forbids = model.model_config.get("extra") == "forbid"
    require(that=forbids, why="it takes keys that it does not know")
    silent = [n for n, f in model.model_fields.items() if not f.description]
    left = [name for name in silent if name not in but]
    require(that=not left, why=f"keys without a description: {left}")
