"""Names of other systems → names that GraphQL and expressions take.

In charge of one rule: a name that is legal stays as it is; one that is not keeps its
words. Must never decide what two things with one name mean: it only tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field

from gateway.expression.hints import RESERVED as CEL_WORDS
from gateway.profile.samples import is_name
from gateway.profile.scope import RESERVED as SCOPE

_WORDS = re.compile(r"[^A-Za-z0-9]+")
_OWNER = re.compile(r"['\u2019]s\b")
_SIGN = re.compile(r"(?<=[^A-Za-z0-9])([-+])(?=\d)")
_SIGNS = {"+": "PLUS", "-": "MINUS", "*": "ALL", "<": "LESS", ">": "MORE", "": "EMPTY"}
_KEYWORDS = frozenset({"true", "false", "null"})
BUILT_IN = frozenset(
    {"Query", "Mutation", "Subscription", "Int", "Float", "String", "Boolean", "ID"}
    | {"Date", "DateTime", "Decimal", "JSON"}
)
"""Type names that mean something already."""


def camel(text: str) -> str:
    """``repos/list-for-user`` is ``reposListForUser``."""
    made = pascal(text)
    return made[:1].lower() + made[1:]


def pascal(text: str) -> str:
    """``list of pets`` is ``ListOfPets``."""
    parts = [part for part in _WORDS.split(text) if part]
    made = "".join(part[:1].upper() + part[1:] for part in parts)
    return f"_{made}" if made[:1].isdigit() else made


def field_name(text: str) -> str:
    """``sort-code`` is ``sort_code``; a legal name is itself."""
    if is_name(text):
        return text
    made = _WORDS.sub("_", text).strip("_") or "field"
    return f"_{made}" if made[:1].isdigit() else made


def type_name(text: str) -> str:
    """``api.v1.Pod`` is ``ApiV1Pod``; a legal name that is nobody's is itself."""
    made = text if is_name(text) else pascal(text) or "Type"
    return f"{made}Type" if made in BUILT_IN else made


def argument_name(text: str) -> str:
    """A field's name that an expression can read too."""
    made = field_name(text)
    return f"{made}_" if made in SCOPE or made in CEL_WORDS else made


def enum_value(text: str) -> str:
    """``in-progress`` is ``IN_PROGRESS``, ``by--1`` ``BY_MINUS_1``; legal ones stay."""
    if is_name(text) and text not in _KEYWORDS:
        return text
    sign = _SIGNS.get(text[:1], "")
    rest = _SIGN.sub(lambda found: f"_{_SIGNS[found[1]]}_", text)
    made = "_".join(part for part in (sign, *_WORDS.split(rest)) if part).upper()
    if made[:1].isdigit() or made.lower() in _KEYWORDS or not made:
        made = f"_{made}"
    return made


def source_name(text: str) -> str:
    """``Swagger Petstore - OpenAPI 3.0`` is ``swaggerPetstore``, ``Ada's`` ``ada``."""
    words = [part for part in _WORDS.split(_OWNER.sub("", text)) if part]
    kept = [each for each in words if each.lower() not in _NOISE and not each.isdigit()]
    return camel(" ".join(kept[:3]) or "api").strip("_") or "api"


_NOISE = frozenset(
    {
        "api",
        "documentation",
        "docs",
        "io",
        "rest",
        "openapi",
        "swagger",
        "the",
        "public",
        "v1",
        "v2",
    }
)


def constant(source: str) -> str:
    """The source's prefix in names of the environment: ``petStore`` → ``PET_STORE``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", source).upper()


@dataclass(slots=True)
class Taken:
    """Names that are somebody's; hands out others where two would be the same."""

    names: set[str] = field(default_factory=set)

    def free(self, wanted: str, besides: Container[str] = ()) -> str:
        """The name, with a number where it is taken: ``Pet2``."""
        made, number = wanted, 2
        while made in self.names or made in besides:
            made, number = f"{wanted}{number}", number + 1
        self.names.add(made)
        return made
