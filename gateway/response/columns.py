"""Lists on the compiled path: a field of all rows at a time, not a row at a time.

In charge of the source that finishes the values of one field in all rows, its column.
What a test or a look costs is then a few steps in C for a column, where it was some for
each of its values; columns are how analytical databases and Arrow read rows. Means
what the same code for one row after the other would mean.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from operator import itemgetter

from graphql import GraphQLLeafType, is_leaf_type

from gateway.plan.model import AnswerOf, Composed, Denied, JoinOf, KeyOf, Masked
from gateway.response.source import Pair, Source, display, instead, odd


@dataclass(slots=True)
class Columns(Source, ABC):
    """Source under way that has lists."""

    @abstractmethod
    def one_field(self, depth: int, value: str, pair: Pair, raw: str) -> None:
        """Lines that leave a field's finished value of one row in ``value``."""

    @abstractmethod
    def one_typed(self, depth: int, value: str, pair: Pair, wrappers: str) -> None:
        """Lines that hold one value to its type."""

    def items(self, depth: int, value: str, pair: Pair, wrappers: str) -> None:
        """Lines that put finished items, with ``wrappers``, in place of a list's."""
        self.line(depth, f"if {value}.__class__ is not list: {value} = listed({value})")
        self._finished(depth, value, pair, wrappers)

    def _finished(self, depth: int, values: str, pair: Pair, wrappers: str) -> None:
        """Lines that put a column's finished values in place of its raw ones."""
        _, planned = pair
        named = self.schema.type_map[planned.type.name]
        if "[" not in wrappers and is_leaf_type(named):
            self._leaves(depth, values, named, pair, wrappers)
        elif len(planned.fields) != 1 and "[" not in wrappers:
            self._one_by_one(depth, values, pair, wrappers)
        elif wrappers.startswith("!"):
            self._there(depth, values, pair, wrappers[1:])
        else:
            there = self.variable()
            self.line(depth, f"{there} = there({values})")
            self._there(depth, there, pair, wrappers)
            self.line(depth, f"{values} = scattered({there}, {values})")

    def _there(self, depth: int, values: str, pair: Pair, wrappers: str) -> None:
        """The same of lists and objects none of which may be null."""
        if not wrappers:
            test = f"not OBJECT.issuperset(map(type, {values}))"
            self.line(depth, f"if {test}: raise Bail")
            self._objects(depth, values, pair)
            return
        sizes, flat = self.variable(), self.variable()
        self.line(depth, f"{sizes}, {flat} = flat({values})")
        self._finished(depth, flat, pair, wrappers[1:])
        self.line(depth, f"{values} = regrouped({flat}, {sizes})")

    def _objects(self, depth: int, rows: str, pair: Pair) -> None:
        """Objects with their selected fields in place of the raw ones."""
        selected, planned = pair
        ((concrete, below),) = planned.fields.items()
        names = {}
        for child in selected.fields[concrete]:
            name = names[child.key] = self.variable()
            self._field(depth, name, (child, below[child.key]), rows)
        shown = display(selected.meta.get(concrete, {}), concrete, names)
        each, of = ", ".join(names.values()) or "v", ", ".join(names.values()) or rows
        if len(names) > 1:
            each, of = f"({each})", f"zip({of})"
        self.line(depth, f"{rows} = [{shown} for {each} in {of}]")

    def _field(self, depth: int, values: str, pair: Pair, rows: str) -> None:
        """Lines that leave a field's finished values of all rows in ``values``."""
        _, planned = pair
        match planned.read:
            case Denied() | Masked() as read:
                self.line(depth, f"{values} = [{instead(read)}] * len({rows})")
                return
            case AnswerOf():  # may be rows in a form
                raw, value = self.variable(), self.variable()
                self.line(depth, f"{values} = []")
                self.line(depth, f"for {raw} in {rows}:")
                self.one_field(depth + 1, value, pair, raw)
                self.line(depth + 1, f"{values}.append({value})")
                return
            case KeyOf(key):
                get = self.constant(itemgetter(key))
                came = f"column({rows}, {get}, {key!r})"
            case JoinOf(_, key) as read:
                came = f"children({self.outcomes(read)}, {rows}, {key!r})"
            case Composed():
                came = f"[COMPOSED] * len({rows})"
            case how:
                came = f"[read(reader, {self.constant(how)}, v) for v in {rows}]"
        self.line(depth, f"{values} = {came}")
        self._finished(depth, values, pair, planned.type.wrappers)

    def _one_by_one(self, depth: int, values: str, pair: Pair, wrappers: str) -> None:
        """Objects of several types have no columns in common."""
        item, items = self.variable(), self.variable()
        self.line(depth, f"{items} = []")
        self.line(depth, f"for {item} in {values}:")
        self.one_typed(depth + 1, item, pair, wrappers)
        self.line(depth + 1, f"{items}.append({item})")
        self.line(depth, f"{values} = {items}")

    def _leaves(
        self,
        depth: int,
        values: str,
        named: GraphQLLeafType,
        pair: Pair,
        wrappers: str,
    ) -> None:
        """Leaves as they are where all are usual, which is asked of all at once."""
        convert = pair[1].convert
        name, test = self.leaf(named, convert), odd(named, convert, wrappers, "v")
        usual = None if convert is not None else _USUAL.get(named.name)
        leave = f"{name}(v) if {test} else v" if test else f"{name}(v)"
        guard = ""
        if usual is not None:
            kinds = usual if wrappers else f"{usual}_NULL"
            guard = f"if not {kinds}.issuperset(map(type, {values}))"
            if named.name in ("Int", "Float"):
                guard += f" or not {named.name.lower()}s_fit({values})"
            guard += ": "
        self.line(depth, f"{guard}{values} = [{leave} for v in {values}]")


_USUAL = {
    "String": "TEXT",
    "ID": "TEXT",
    "Boolean": "TRUTH",
    "Int": "INT",
    "Float": "FLOAT",
}
"""The kinds of leaves that leave as they are."""
