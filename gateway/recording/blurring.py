"""What is nobody's business taken out of a recording, before it touches the disk.

In charge of which values those are: what stands under a name that is hidden, wherever
it stands again. Each is replaced by its pseudonym, in texts and addresses too. Must
never leave one out because it is also somewhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import quote, quote_plus

from gateway.mocking.redaction import is_secret
from gateway.record import Model
from gateway.recording.pseudonyms import Pseudonyms, written
from gateway.recording.spelling import MARK

_WORD = re.compile(r"[A-Za-z_]\w*")
_VALUE = r'(?P<value>"(?:[^"\\\n]|\\.)*"|-?\d[\d.]*)'
_LITERAL = re.compile(rf"(?P<name>[A-Za-z_]\w*)\s*:\s*{_VALUE}")
_PASSED = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*:\s*\$(?P<variable>\w+)")
_STRING = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"')
_SHORT = 4
"""Texts shorter than this are replaced only where they stand alone."""
_SPREAD = 2
"""Texts shorter than this are replaced only under their own names: a 1 is anything."""


def folded(name: str) -> str:
    """A name however it is spelled: ``firstName``, ``first_name``, ``First-Name``."""
    return name.replace("_", "").replace("-", "").lower()


class Hiding(Model, frozen=True):
    """Names under which a value is hidden, folded; and paths of names, each folded."""

    names: frozenset[str] = frozenset()
    paths: frozenset[tuple[str, ...]] = frozenset()

    def hides(self, trail: tuple[str, ...]) -> bool:
        """Whether what stands at the end of a trail of keys is hidden."""
        name = trail[-1].rpartition(".")[2]
        if folded(name) in self.names or is_secret(name):
            return True
        if not self.paths:
            return False
        keys = tuple(map(folded, trail))
        return any(keys[-len(path) :] == path for path in self.paths)


@dataclass(slots=True)
class Blurring:
    """One recording's. First all hidden values are `found`, then things are `blurred`.

    ``words`` are keys that stay as they are, whatever is hidden.
    """

    hiding: Hiding
    pseudonyms: Pseudonyms
    words: frozenset[str] = frozenset()
    _hidden: set[str] = field(default_factory=set, repr=False)
    _forms: dict[str, str] = field(default_factory=dict, repr=False)
    _pattern: re.Pattern[str] | None = field(default=None, repr=False)

    # -- what is hidden --

    def found(self, value: object) -> object:
        """The value, of which was taken note."""
        self.find(value)
        return value

    def find(self, value: object, trail: tuple[str, ...] = ()) -> None:
        """Take note of everything under hidden names, however deep."""
        if isinstance(value, Mapping):
            for name, item in value.items():
                below = (*trail, str(name))
                if self.hiding.hides(below):
                    self.hide(item)
                else:
                    self.find(item, below)
        elif isinstance(value, list | tuple):
            for item in value:
                self.find(item, trail)

    def find_in_document(self, document: str) -> None:
        """The same of literals of a GraphQL text."""
        for found in _LITERAL.finditer(document):
            if self.hiding.hides((found["name"],)):
                self.hide(found["value"].strip('"'))

    def find_variables(self, document: str, variables: Mapping[str, object]) -> None:
        """The same of variables that stand under a hidden name in a GraphQL text."""
        for found in _PASSED.finditer(document):
            if self.hiding.hides((found["name"],)):
                self.hide(variables.get(found["variable"]))
                default = rf"\${found['variable']}\s*:[^=$)]*=\s*{_VALUE}"
                for literal in re.finditer(default, document):
                    self.hide(literal["value"].strip('"'))

    def hidden(self, value: object) -> object:
        """The value, of which every leaf was taken note of."""
        self.hide(value)
        return value

    def hide(self, value: object) -> None:
        """Take note of every leaf of a value."""
        if isinstance(value, Mapping):
            for name, item in value.items():
                if name != MARK:
                    self.hide(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self.hide(item)
        else:
            self._hidden.update(_texts(value))

    # -- what is written --

    def ready(self) -> None:
        """All is found: what stands elsewhere can be told."""
        self.pseudonyms.avoided |= self._hidden
        forms: dict[str, str] = {}
        for text in filter(_spreads, self._hidden):
            other = self.pseudonyms.text(text)
            forms[text] = other
            forms[quote(text, safe="", errors="replace")] = quote(other, safe="")
            forms[quote_plus(text, errors="replace")] = quote_plus(other)
        self._forms = forms
        if forms:
            longest = sorted(forms, key=lambda one: (-len(one), one))
            self._pattern = re.compile("|".join(map(_form, longest)))

    def blurred(self, value: object, trail: tuple[str, ...] = ()) -> object:
        """A value with pseudonyms in it."""
        if isinstance(value, Mapping):
            return {
                self._key(str(name)): self._item(item, (*trail, str(name)))
                for name, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.blurred(item, trail) for item in value]
        return self._leaf(value)

    def document(self, document: str) -> str:
        """A GraphQL text: its literals alone are looked at."""
        made = _STRING.sub(lambda found: self.text(found[0]), document)
        return _LITERAL.sub(self._literal, made)

    def text(self, said: str) -> str:
        """A text without any hidden one in it."""
        if self._pattern is None:
            return said
        return self._pattern.sub(lambda found: self._forms[found[0]], said)

    def _literal(self, found: re.Match[str]) -> str:
        value = found["value"]
        if value.startswith('"') or value not in self._forms:
            return found[0]
        return found[0].removesuffix(value) + self.pseudonyms.text(value)

    def _item(self, value: object, trail: tuple[str, ...]) -> object:
        if not self.hiding.hides(trail):
            return self.blurred(value, trail)
        return self.whole(value)

    def whole(self, value: object) -> object:
        """A value of which every leaf is hidden."""
        if isinstance(value, Mapping):
            if MARK in value:
                return self._exact(value)
            return {self._key(str(n)): self.whole(item) for n, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.whole(item) for item in value]
        return self.pseudonyms.of(value)

    def _exact(self, value: Mapping[str, object]) -> object:
        """What JSON has no word for, as another one of its kind."""
        text = str(value.get("is", value.get("message", "")))
        if value[MARK] == "bytes":  # digits are valid where only some letters are
            text = "".join("7" if one.isalpha() else one for one in text)
        name = "is" if "is" in value else "message"
        return {**value, name: self.pseudonyms.text(text)}

    def _leaf(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        hidden = any(text in self._forms for text in _texts(value))
        return self.pseudonyms.of(value) if hidden else value

    def _key(self, name: str) -> str:
        if name in self.words:
            return name
        if _WORD.fullmatch(name) and name not in self._hidden:
            return name
        return self.text(name)


def _texts(value: object) -> Iterator[str]:
    """A leaf as the texts that it may stand as."""
    match value:
        case bool() | None:
            return
        case str() if any(map(str.isalnum, value)):
            yield value
        case int():
            yield str(value)
        case float() | Decimal():
            yield written(value)
            yield str(value)


def _spreads(text: str) -> bool:
    return len(text) >= _SPREAD


def _form(text: str) -> str:
    """A short text is meant where it stands alone: ``42`` is no part of ``1420``."""
    if len(text) < _SHORT:
        return rf"(?<![0-9A-Za-z]){re.escape(text)}(?![0-9A-Za-z])"
    if text.isdigit():
        return rf"(?<![0-9]){re.escape(text)}(?![0-9])"
    return re.escape(text)
