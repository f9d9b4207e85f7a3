"""What of the schema fits a few words: names first, then what people wrote of them.

In charge of the order of matches. The words are looked up in an index that is made
once a generation, so a search costs no walk of the schema.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import GraphQLNamedType

from gateway.doors.agents.visible import Visible, short, signature, snippet
from gateway.values import JsonValue

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_NAME, _OWNER, _TEXT = 8.0, 2.0, 1.0
_PART = 0.4
"""What a word counts that only begins as the one that was asked for."""
_LEAST = 3
"""How long a word must be to stand for those that begin so."""
_MOST_WORDS = 20
_FAVOUR = {"operation": 4.0, "type": 1.0, "field": 0.0}


class Entry(NamedTuple):
    """Something that can be found. ``sdl`` is one line."""

    kind: str
    name: str
    sdl: str
    description: str
    tool: str | None = None

    def as_json(self) -> dict[str, JsonValue]:
        made: dict[str, JsonValue] = {
            "kind": self.kind,
            "name": self.name,
            "sdl": self.sdl,
        }
        if self.description:
            made["description"] = self.description
        if self.tool:
            made["tool"] = self.tool
        return made


@dataclass(slots=True)
class Index:
    """Everything that can be found, by its words."""

    entries: list[Entry] = field(default_factory=list)
    words: dict[str, dict[int, float]] = field(default_factory=dict)
    _ordered: list[str] = field(default_factory=list)

    def add(self, entry: Entry, own: str, owner: str = "") -> None:
        """One more entry: its own name counts most, its owner's less."""
        number = len(self.entries)
        self.entries.append(entry)
        weighed = ((own, _NAME), (owner, _OWNER), (entry.description, _TEXT))
        for text, weight in weighed:
            for word in words_of(text):
                known = self.words.setdefault(word, {})
                known[number] = max(known.get(number, 0.0), weight)

    def closed(self) -> Index:
        """The index, once nothing more is added."""
        self._ordered = sorted(self.words)
        return self

    def find(self, query: str, limit: int) -> list[Entry]:
        """The best matches, best first; ties stand in the schema's order."""
        scores: dict[int, float] = {}
        wanted = list(dict.fromkeys(words_of(query)))[:_MOST_WORDS]
        for word in wanted:
            best: dict[int, float] = {}
            for known, share in self._like(word):
                for number, weight in self.words[known].items():
                    best[number] = max(best.get(number, 0.0), weight * share)
            for number, weight in best.items():
                scores[number] = scores.get(number, 0.0) + weight
        ranked = sorted(scores, key=lambda n: (-self._favoured(n, scores[n]), n))
        return [self.entries[number] for number in ranked[:limit]]

    def _favoured(self, number: int, score: float) -> float:
        return score + _FAVOUR.get(self.entries[number].kind, 0.0)

    def _like(self, word: str) -> Iterator[tuple[str, float]]:
        """The word itself, and those that begin with it."""
        if len(word) < _LEAST:
            if word in self.words:
                yield word, 1.0
            return
        for known in self._ordered[bisect_left(self._ordered, word) :]:
            if not known.startswith(word):
                return
            yield known, 1.0 if known == word else _PART


def words_of(text: str) -> list[str]:
    """``openedAt`` → opened, at; plurals as singulars."""
    return [_single(found.lower()) for found in _WORD.findall(text)]


def _single(word: str) -> str:
    return word[:-1] if len(word) > _LEAST and word.endswith("s") else word


def index_of(visible: Visible, tools: Mapping[str, str]) -> Index:
    """The index of what agents may see. ``tools`` are those of operations, by name."""
    index = Index()
    for root in visible.roots:
        for name, one in visible.fields(root).items():
            text = short(one.description)
            sdl = f"{root.name}.{signature(name, one)}"
            index.add(Entry("operation", name, sdl, text, tools.get(name)), name)
    for type_ in visible.types.values():
        if type_ not in visible.roots:
            _add_type(index, visible, type_)
    return index.closed()


def _add_type(index: Index, visible: Visible, type_: GraphQLNamedType) -> None:
    entry = Entry("type", type_.name, snippet(type_), short(type_.description))
    index.add(entry, type_.name)
    for name, one in visible.fields(type_).items():
        sdl = f"{type_.name}.{signature(name, one)}"
        text = short(one.description)
        place = f"{type_.name}.{name}"
        index.add(Entry("field", place, sdl, text), name, type_.name)
