"""How much a request may ask for, and what is said where it asks for more. Pure."""

from __future__ import annotations

from gateway.errors import Code, RequestError
from gateway.record import Model

_BAD_REQUEST = 400
_TOO_MANY = 429
_LARGEST = 10**9
"""A number beyond which nobody wants to know how many there are."""


class Limits(Model, frozen=True):
    """Bounds of one request.

    ``tokens`` of its document, ``depth`` of nested fields, ``errors`` in its answer
    (the rest is counted). ``fields`` are those that it selects, ``aliases`` and
    ``directives`` those that it writes, each as often as fragments bring it in;
    ``roots`` how many fields of its root type. ``list`` is how many items a list in
    arguments or variables has. ``calls`` are those that it makes, ``cost`` is what it
    comes to by the weights of its types, where a call counts ``per_call`` and a list of
    which nothing is said has ``assumed`` items. ``planning`` is how many seconds
    reading its document may take. Values of variables are ``nesting`` deep, together
    ``variables`` bytes large; None: as large as the body. ``warn`` names those that are
    told of, not held.
    ``introspection``: whether ``__schema`` and ``__type`` may be asked for.
    """

    tokens: int = 10_000
    depth: int = 15
    errors: int = 100
    fields: int = 10_000
    aliases: int = 30
    roots: int = 20
    directives: int = 50
    list: int = 10_000
    calls: int = 200
    cost: int = 100_000
    per_call: int = 10
    assumed: int = 10
    planning: float = 0.25
    nesting: int = 64
    variables: int | None = None
    warn: frozenset[str] = frozenset()
    introspection: bool = True


DEFAULT_LIMITS = Limits()


class Excess(Model, frozen=True):
    """One limit of ``limits`` that something is beyond, by its key there.

    ``what`` says it of what was ``found``: "has 31 aliases"; None where there is no
    number. ``allowed`` is ``most`` in words, where that is more than the number.
    ``later`` is after how many seconds it may be tried again, where that helps.
    """

    limit: str
    code: Code
    what: str
    found: float | None
    most: float
    subject: str = "The operation"
    allowed: str | None = None
    later: float | None = None

    @property
    def message(self) -> str:
        """What whoever asked is told: the limit, what was found, what to change."""
        said = f"{self.subject} {self.what}".rstrip()
        return (
            f"{said}; 'limits.{self.limit}' allows {self.allowed or f'{self.most:,}'}."
        )


class LimitError(RequestError):
    """A request asks for more than it may. ``where`` are lines and columns."""

    def __init__(
        self,
        excess: Excess,
        where: tuple[tuple[int, int], ...] = (),
        *,
        status: int | None = None,
    ) -> None:
        usual = _BAD_REQUEST if excess.later is None else _TOO_MANY
        super().__init__(excess.message, code=excess.code, status=status or usual)
        self.excess = excess
        self.where = where


def counted(number: int, noun: str) -> str:
    """`31 aliases`; what is beyond counting is not spelt out."""
    if number > _LARGEST:
        return f"more than {_LARGEST:,} {noun}"
    return f"{number:,} {noun}"
