"""The compiled path: Python source for one operation, from results to its answer.

In charge of what the source says. It is generated once for each selection and plan
and means what the reference path means: whatever is not as usual leaves by `Bail`, and
graphql-core answers instead. The idea is graphql-jit's and Tailcall's, the equality of
both paths is a law that is tested. Must never write a value into the source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graphql import GraphQLLeafType, GraphQLSchema, OperationType, is_leaf_type

from gateway.conversion import Conversion
from gateway.execution.reading import COMPOSED, Reader, type_of
from gateway.plan.model import (
    AnswerOf,
    Composed,
    ConcatOf,
    Denied,
    JoinOf,
    KeyOf,
    Masked,
    Plan,
    PlannedRoot,
    Read,
)
from gateway.request.model import OperationKind, SelectedField, Selection
from gateway.response import reads, rows
from gateway.response.columns import Columns
from gateway.response.forms import forms_of
from gateway.response.source import Pair, display, instead, odd
from gateway.response.written import Written
from gateway.typed import Form
from gateway.values import JsonValue, StepId

_HEAD = ("def project(reader):", "    typed, results = False, reader.store.results")

Project = Callable[[Reader], Mapping[str, JsonValue]]


@dataclass(frozen=True, slots=True)
class Projection:
    """One operation compiled. ``source`` is for people who want to look.

    ``project`` gives the ``data`` of the answer; ``forms`` are those in which it takes
    steps' rows, besides values.

    Raises (``project``):
        Bail: the reference path has to answer.
    """

    project: Project
    source: str
    forms: Mapping[StepId, Form] = field(default_factory=dict)


def compile_projection(
    schema: GraphQLSchema, selection: Selection, plan: Plan
) -> Projection | None:
    """The operation as a function; None where only the reference path can answer.

    That is introspection, documents too large to be worth it, answers that have an
    error in any case, and nesting beyond what Python compiles, some hundred
    objects.
    """
    if any(name != "__typename" for name, _ in selection.meta.values()):
        return None
    writer = _Writer(schema, forms_of(schema, selection, plan))
    try:
        source = writer.write(selection, plan)
        code = compile(source, "<projection>", "exec")
    except (reads.UnfitError, SyntaxError, MemoryError, RecursionError):
        return None
    space = dict(writer.space)
    exec(code, space)  # noqa: S102 - generated here, names and keys are constants
    return Projection(space["project"], source, writer.forms)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Writer(Columns):
    """Source under way, of an object at a time; lists are `Columns`' matter."""

    def write(self, selection: Selection, plan: Plan) -> str:
        """The whole function.

        Raises:
            reads.UnfitError: it would have too many lines.
        """
        self.space |= {name: getattr(reads, name) for name in reads.CALLED}
        self.space |= {name: getattr(rows, name) for name in rows.CALLED}
        self.space |= {"type_of": type_of, "COMPOSED": COMPOSED, "Written": Written}
        names = {}
        for selected, root in zip(selection.roots, plan.roots, strict=True):
            names[root.field.key] = self._root(selected, root)
        type_name = _root_type(self.schema, selection.kind)
        shown = display(selection.meta, type_name, names)
        if self.forms:
            shown = f"Written({shown}) if typed else {shown}"
        self.line(1, f"return {shown}")
        held = [f"    {name} = {made}" for name, made in self.joins.items()]
        return "\n".join([*_HEAD, *held, *self.lines, ""])

    def _root(self, selected: SelectedField, root: PlannedRoot) -> str:
        value = self.variable()
        depth = 1
        if root.null_if is not None:
            self.line(1, f"{value} = None")
            condition = self.constant(root.null_if)
            self.line(1, f"if not is_null(reader, {condition}):")
            depth = 2
        if isinstance(root.field.read, ConcatOf):
            if root.field.read.without:
                raise reads.UnfitError
            steps = self.constant(root.field.read.steps)
            self.line(depth, f"parts(reader, {steps})")
        self.one_field(depth, value, (selected, root.field), "None")
        if depth > 1 and root.field.type.non_null:
            self.line(1, f"if {value} is None: raise Bail")
        return value

    def one_field(self, depth: int, value: str, pair: Pair, raw: str) -> None:
        _, planned = pair
        if isinstance(planned.read, Denied | Masked):
            self.line(depth, f"{value} = {instead(planned.read)}")
            return
        self.line(depth, f"{value} = {self._read(planned.read, raw)}")
        if isinstance(planned.read, AnswerOf) and planned.read.step in self.forms:
            self.line(depth, f"if {value}.__class__ is TypedRows: typed = True")
            self.line(depth, "else:")
            depth += 1
        self.one_typed(depth, value, pair, planned.type.wrappers)

    def _read(self, how: Read, raw: str) -> str:
        match how:
            case KeyOf(key):
                return f"{raw}.get({key!r})"
            case AnswerOf(step, key):
                return reads.answered(f"results.get({self.constant(step)})", key)
            case JoinOf(_, key):
                return reads.joined(f"{self.outcomes(how)}.get(id({raw}))", key)
            case Composed():
                return "COMPOSED"
            case _:
                return f"read(reader, {self.constant(how)}, {raw})"

    def one_typed(self, depth: int, value: str, pair: Pair, wrappers: str) -> None:
        """Hold a value to its type, from the outermost wrapper inwards."""
        named = self.schema.type_map[pair[1].type.name]
        if "[" not in wrappers and is_leaf_type(named):
            self._leaf(depth, value, named, (pair[1].convert, wrappers))
        elif wrappers.startswith("!"):
            self.line(depth, f"if {value} is None: raise Bail")
            self._present(depth, value, pair, wrappers[1:])
        else:
            self.line(depth, f"if {value} is not None:")
            self._present(depth + 1, value, pair, wrappers)

    def _present(self, depth: int, value: str, pair: Pair, wrappers: str) -> None:
        if wrappers:
            self.items(depth, value, pair, wrappers[1:])
        else:
            self._named(depth, value, pair)

    def _named(self, depth: int, value: str, pair: Pair) -> None:
        """An object of one of its types."""
        _, planned = pair
        self.line(depth, f"if {value}.__class__ is not dict: raise Bail")
        if len(planned.fields) == 1:
            ((concrete, _),) = planned.fields.items()
            self._object(depth, value, pair, concrete)
            return
        kind = self.variable()
        self.line(depth, f"{kind} = type_of({value}, {self.constant(planned)})")
        word = "if"
        for concrete in planned.fields:
            self.line(depth, f"{word} {kind} == {concrete!r}:")
            self._object(depth + 1, value, pair, concrete)
            word = "elif"
        self.line(depth, "else: raise Bail")

    def _leaf(
        self,
        depth: int,
        value: str,
        named: GraphQLLeafType,
        how: tuple[Conversion | None, str],
    ) -> None:
        """One line, since leaves are most of an answer: what it costs counts twice."""
        convert, wrappers = how
        test = odd(named, convert, wrappers, value)
        leave = f"{value} = {self.leaf(named, convert)}({value})"
        self.line(depth, f"if {test}: {leave}" if test else leave)

    def _object(self, depth: int, value: str, pair: Pair, concrete: str) -> None:
        """Lines that put an object with its selected fields in place of the raw one."""
        selected, planned = pair
        names = {}
        for child in selected.fields[concrete]:
            name = names[child.key] = self.variable()
            below = planned.fields[concrete][child.key]
            self.one_field(depth, name, (child, below), value)
        meta = selected.meta.get(concrete, {})
        self.line(depth, f"{value} = {display(meta, concrete, names)}")


def _root_type(schema: GraphQLSchema, kind: OperationKind) -> str:
    root = schema.get_root_type(OperationType(kind.value))
    return root.name if root else ""
