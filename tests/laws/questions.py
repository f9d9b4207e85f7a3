"""Random documents that are valid in a world, and the truth of their switches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from gateway.request.model import OperationKind
from tests.laws.worlds import ABSTRACT, LEAVES, OBJECTS, World, named

ALIASES = ("__proto", "constructor", "a", "return", "data", "__e")
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A document with one operation; ``truths`` are its variables."""

    text: str
    truths: dict[str, bool]


def question(world: World, rng: Random) -> Question:
    """A random question."""
    return _Asking(world, rng).question()


@dataclass(slots=True)
class _Asking:
    world: World
    rng: Random
    fragments: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    switches: set[str] = field(default_factory=set)

    def question(self) -> Question:
        rng = self.rng
        names = sorted(self.world.roots)
        chosen = [self._field(n, self.world.roots[n], 0) for n in _some(rng, names)]
        if rng.random() < 0.2:
            chosen.insert(rng.randrange(len(chosen) + 1), self._typename())
        if rng.random() < 0.03 and self.world.kind is OperationKind.QUERY:
            chosen.append('__type(name: "Thing") { name }')
        declared = ", ".join(f"${name}: Boolean!" for name in sorted(self.switches))
        word = self.world.kind.value
        head = f"{word} Q({declared})" if declared else word
        text = "\n".join([f"{head} {{ {' '.join(chosen)} }}", *self.texts])
        return Question(text, {n: rng.random() < 0.5 for n in sorted(self.switches)})

    def _field(self, name: str, type_: str, depth: int) -> str:
        """One field; the same alias always stands for the same field."""
        alias = f"{self.rng.choice(ALIASES)}_{name}: " if self._now(0.25) else ""
        below = "" if named(type_) in LEAVES else self._set(named(type_), depth + 1)
        return f"{alias}{name}{self._switch()} {below}"

    def _set(self, type_: str, depth: int) -> str:
        makers: list[Callable[[], str]] = []
        fields = self.world.fields.get(type_, {})
        flat = [n for n in fields if named(fields[n]) in LEAVES]
        for name in _some(self.rng, sorted(flat if depth >= DEEPEST else fields)):
            make = partial(self._field, name, fields[name], depth)
            makers += [make] * (2 if self._now(0.1) else 1)
        if self._now(0.25) or not makers:
            makers.append(self._typename)
        spread = 0.6 if type_ in ABSTRACT else 0.15
        while depth < DEEPEST and self._now(spread) and len(makers) < 6:
            makers.append(lambda: self._spread(type_, depth + 1))
        self.rng.shuffle(makers)
        return "{ " + " ".join(make() for make in makers) + " }"

    def _spread(self, type_: str, depth: int) -> str:
        """A fragment, inline or named, on a type that objects here may have."""
        holds = self.world.holds
        near = [n for n in (*OBJECTS, *ABSTRACT) if {*holds[n]} & {*holds[type_]}]
        on = self.rng.choice(near)
        if self._now(0.2):
            return f"...{self._switch()} {self._set(type_, depth)}"
        if self._now(0.6):
            return f"... on {on}{self._switch()} {self._set(on, depth)}"
        known = self.fragments.setdefault(f"{on} {depth}", [])
        if known and self._now(0.5):
            return f"...{self.rng.choice(known)}{self._switch()}"
        body = self._set(on, depth)
        name = f"F{len(self.texts)}"
        self.texts.append(f"fragment {name} on {on} {body}")
        known.append(name)
        return f"...{name}{self._switch()}"

    def _typename(self) -> str:
        return "who: __typename" if self._now(0.3) else "__typename"

    def _switch(self) -> str:
        if not self._now(0.08):
            return ""
        word = self.rng.choice(["skip", "include"])
        truth = self.rng.choice(["$p", "$q", "true", "false"])
        if truth.startswith("$"):
            self.switches.add(truth[1:])
        return f" @{word}(if: {truth})"

    def _now(self, chance: float) -> bool:
        return self.rng.random() < chance


def _some(rng: Random, names: list[str]) -> list[str]:
    return rng.sample(names, min(len(names), rng.choice((1, 1, 2, 3, 4))))
