"""A word list as a kind of source (`type: words`), and steps of `type: word`.

All that a plug-in needs comes from `gateway.plugins`; the entry points are in
`pyproject.toml`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

from pydantic import Field

from gateway.plugins import (
    Call,
    ErrorClass,
    FieldShape,
    Json,
    JsonValue,
    Reply,
    ReplyRules,
    Section,
    Source,
    SourceKeys,
    StepOptions,
    Text,
    UpstreamError,
    Wire,
    canonical,
    filled,
)


class WordList(SourceKeys):
    """What `type: words` may say in headwater.yaml."""

    type: Literal["words"] = Field(description="Kind of source.")
    entries: Mapping[str, Text] = Field(description="Translations by word.")

    def open(self) -> Source[WordTarget]:
        """The source; it connects to nothing."""
        return Words(dict(self.entries))


class WordOptions(StepOptions):
    """Keys of `type: word`."""

    word: Json = Field(description="The word to look up; may be `${ cel }`.")
    case: Literal["keep", "upper"] = Field(
        default="keep", description="How the translation is written."
    )


@dataclass(frozen=True, slots=True)
class WordTarget:
    """One step as compiled: a constant, or the slot of an expression's value."""

    word: object
    upper: bool


class WordStep:
    """Load time of `type: word`."""

    names: ClassVar[tuple[str, ...]] = ("word",)
    options: ClassVar[type[WordOptions]] = WordOptions
    sources: ClassVar[frozenset[str]] = frozenset({"words"})
    default_source: ClassVar[str | None] = "words"

    def compile(self, section: Section, options: object) -> WordTarget:
        asked = cast("WordOptions", options)
        if asked.word == "":
            section.problem(("word",), "there is no empty word", hint="write a word")
        return WordTarget(section.value(("word",), asked.word), asked.case == "upper")

    def shape(self, options: object) -> tuple[FieldShape, ...] | None:
        del options  # the answer is a text, whatever is asked
        return None

    def rules(self, options: object) -> ReplyRules:
        del options
        return ReplyRules(reads=True)

    def idempotent(self, options: object) -> bool:
        del options
        return True


class Words:
    """Run time: looks words up. `slowly` takes its time, and can be cancelled."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._entries = entries

    def render(self, call: Call[WordTarget]) -> Wire:
        return Wire((canonical(_word(call)), call.target.upper))

    async def call(self, call: Call[WordTarget]) -> Reply:
        word = _word(call)
        if not isinstance(word, str):
            message = "What is looked up is no word."
            raise UpstreamError(message, kind=ErrorClass.REJECTED)
        try:
            async with asyncio.timeout_at(call.deadline.at):
                await asyncio.sleep(60 if word == "slowly" else 0)
        except TimeoutError:
            message = "The word was not found in time."
            raise UpstreamError(message, kind=ErrorClass.TIMEOUT) from None
        found = self._entries.get(word)
        return Reply(found.upper() if found and call.target.upper else found)

    def describe(self, call: Call[WordTarget]) -> Mapping[str, JsonValue]:
        return {"word": cast("JsonValue", _word(call))}

    async def close(self) -> None:
        """There is nothing to give back."""


def _word(call: Call[WordTarget]) -> object:
    return filled(call.target.word, call.inputs)
