"""The flags of one request: each asked for when it is first read, and then kept.

In charge of one answer a request, whatever is read how often. Knows no provider: most
deployments have none, and OpenFeature need not be imported for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from gateway.flags.model import FlagValue


class Asked(Mapping[str, FlagValue]):
    """``names`` are the flags there are, ``ask`` gives the value of one.

    ``given`` are values that are known already, such as those of a test.
    """

    __slots__ = ("_ask", "_known", "_names")

    def __init__(
        self,
        names: Collection[str],
        ask: Callable[[str], FlagValue],
        given: Mapping[str, FlagValue],
    ) -> None:
        self._names = names
        self._ask = ask
        self._known = dict(given)

    def __getitem__(self, name: str) -> FlagValue:
        try:
            return self._known[name]
        except KeyError:
            value = self._known[name] = self._ask(name)
            return value

    def __iter__(self) -> Iterator[str]:
        yield from self._names
        yield from (name for name in tuple(self._known) if name not in self._names)

    def __len__(self) -> int:
        return len({*self._names, *self._known})

    @property
    def read(self) -> Mapping[str, FlagValue]:
        """Those whose value is known: something has read them, or they were given."""
        return self._known


def read_of(flags: Mapping[str, FlagValue]) -> Mapping[str, FlagValue]:
    """What was read of a request's flags, as far as that is known."""
    return flags.read if isinstance(flags, Asked) else flags
