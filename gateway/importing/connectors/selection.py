"""The mapping language of `selection` and `body`, as far as it can be written here.

In charge of reading: names, aliases, paths, variables, literals, nested selections.
Methods (`->first`) and spreads (`...`) are read over, and marked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from gateway.record import Model

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?P<token>
      \.\.\. | -> | \?\. | \$[A-Za-z_]\w* | \$ | [A-Za-z_]\w*
      | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | -?\d+(?:\.\d+)?
      | [@{}:.()\[\],?!|*/+=<>&-]
    )""",
    re.VERBOSE,
)
_END = re.compile(r"\s*(?:\#[^\n]*\s*)*\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")


class NoSelectionError(Exception):
    """The text is none; ``at`` is the offset of what does not belong."""

    def __init__(self, at: int, near: str) -> None:
        super().__init__(f"cannot read the selection near {near!r}")
        self.at = at


class Path(Model, frozen=True):
    """``$args.input.id``: a variable (empty for the value itself), and keys.

    ``method`` is the first thing after ``->``; what it does is not known here.
    """

    variable: str
    keys: tuple[str, ...]
    method: str = ""
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a selection. ``name``: the field it gives; empty for ``$.x { }``."""

    name: str
    path: Path | None = None
    literal: object = None
    below: tuple[Item, ...] | None = None
    unknown: str = ""


def read_selection(text: str) -> tuple[Item, ...]:
    """The items of a selection.

    Raises:
        NoSelectionError: it is none.
    """
    return _Reader(_tokens(text)).items(top=True)


def read_path(text: str) -> Path | None:
    """What stands in the braces of a URL; None where it is no path."""
    try:
        reader = _Reader(_tokens(text))
        made = reader.path()
    except NoSelectionError:
        return None
    return made if reader.at_end else None


def _tokens(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    while not _END.match(text, at):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NoSelectionError(at, text[at : at + 20].strip())
        found.append((match.start("token"), match["token"]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[int, str]]) -> None:
        self.tokens = tokens
        self.number = 0

    @property
    def at_end(self) -> bool:
        return self.number >= len(self.tokens)

    def items(self, *, top: bool) -> tuple[Item, ...]:
        found = []
        while not self.at_end and self._peek() != "}":
            if self._peek() == ",":
                self._next()
                continue
            found.append(self._item())
        if not top:
            self._expect("}")
        elif not self.at_end:
            raise self._wrong()
        return tuple(found)

    def _item(self) -> Item:
        word = self._peek()
        if word == "...":
            self._next()
            return Item("", unknown=f"... {self._skipped()}")
        named = _WORD.fullmatch(word) or word[0] in "\"'"
        if named and self._peek(1) == ":":
            name = _text(self._next())
            self._next()
            return self._valued(name)
        if word[0] in "\"'":
            raise self._wrong()
        path = self.path()
        name = path.keys[-1] if path.keys and not path.variable else ""
        return Item(name, path, below=self._below())

    def _valued(self, name: str) -> Item:
        word = self._peek()
        if word == "$" and self._peek(1) == "(":
            return self._literal(name)
        if word == "{":
            return Item(name, Path("", ()), below=self._below())
        if word[0] in "\"'" or re.fullmatch(r"-?\d.*", word):
            return Item(name, literal=_value(self._next()))
        if word in ("true", "false", "null") and self._peek(1) != ".":
            return Item(name, literal=_value(self._next()))
        return Item(name, self.path(), below=self._below())

    def _literal(self, name: str) -> Item:
        self._next()
        self._next()
        token = self._next()
        if self._peek() != ")" or not (token[0] in "\"'-" or token[0].isalnum()):
            return Item(name, unknown=f"$({token}{self._skipped()}")
        self._next()
        if self._peek() in ("->", "."):
            return Item(name, unknown=f"$({token}){self._skipped()}")
        return Item(name, literal=_value(token))

    def path(self) -> Path:
        """A path, and over its methods."""
        token = self._next()
        variable = token if token.startswith(("$", "@")) else ""
        keys = [] if variable else [_name(token, self)]
        while self._peek() in (".", "?."):
            self._next()
            keys.append(_name(self._next(), self))
        method, arguments = "", []
        while self._peek() in ("->", ".", "?.", "?", "!"):
            sign = self._next()
            if sign in ("?", "!"):
                continue
            found = self._next()
            given = self._given()
            if not method:
                method, arguments = found, given
        return Path(variable, tuple(keys), method, tuple(arguments))

    def _given(self) -> list[str]:
        """The texts in the brackets after a method."""
        if self._peek() != "(":
            return []
        found, depth = [], 0
        while True:
            token = self._next()
            depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
            if token[0] in "\"'":
                found.append(_text(token))
            if not depth:
                return found

    def _below(self) -> tuple[Item, ...] | None:
        if self._peek() != "{":
            return None
        self._next()
        return self.items(top=False)

    def _skipped(self) -> str:
        """Over an expression that is not known here; a glimpse of it."""
        taken: list[str] = []
        depth = 0
        while not self.at_end and (depth or self._peek() != "}"):
            if depth == 0 and taken and self._peek(1) == ":":
                break
            token = self._next()
            depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
            taken.append(token)
        return "".join(taken)[:30]

    def _peek(self, ahead: int = 0) -> str:
        at = self.number + ahead
        return self.tokens[at][1] if at < len(self.tokens) else ""

    def _next(self) -> str:
        if self.at_end:
            raise self._wrong()
        self.number += 1
        return self.tokens[self.number - 1][1]

    def _expect(self, token: str) -> None:
        if self._peek() != token:
            raise self._wrong()
        self._next()

    def _wrong(self) -> NoSelectionError:
        if self.at_end:
            return NoSelectionError(-1, "the end")
        at, near = self.tokens[self.number]
        return NoSelectionError(at, near)


def _name(token: str, reader: _Reader) -> str:
    if _WORD.fullmatch(token):
        return token
    if token[:1] in ('"', "'") and token:
        return _text(token)
    raise NoSelectionError(reader.number, token)


def _text(token: str) -> str:
    if token[:1] == '"':
        return str(json.loads(token))
    return token[1:-1] if token[:1] == "'" else token


def _value(token: str) -> object:
    if token[:1] in ("'", '"'):
        return _text(token)
    return json.loads(token)
