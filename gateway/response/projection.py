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
    PlannedField,
    PlannedRoot,
    Read,
)
from gateway.request.model import Meta, OperationKind, SelectedField, Selection
from gateway.response import reads
from gateway.response.forms import forms_of
from gateway.response.written import Written
from gateway.typed import Form
from gateway.values import JsonValue, StepId

_MOST_LINES = 2_000
"""Of one operation's source, about 1,000 fields. Each costs some 20 us to compile and
130 bytes to keep, so that one cold document holds the others back 40 ms at most."""

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
    error in any case, and nesting beyond what Python compiles: twenty lists.
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
class _Writer:
    """Source under way. Everything of the schema and the plan is a named constant.

    ``joins`` are the entity steps whose outcomes it reads, by their variable.
    """

    schema: GraphQLSchema
    forms: Mapping[StepId, Form] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    joins: dict[str, str] = field(default_factory=dict)
    space: dict[str, object] = field(default_factory=dict)
    _names: dict[object, str] = field(default_factory=dict)
    _variables: int = 0

    def write(self, selection: Selection, plan: Plan) -> str:
        """The whole function.

        Raises:
            reads.UnfitError: it would have more than `_MOST_LINES` lines.
        """
        for name in reads.CALLED:
            self.space[name] = getattr(reads, name)
        self.space |= {"type_of": type_of, "COMPOSED": COMPOSED, "Written": Written}
        names = {}
        for selected, root in zip(selection.roots, plan.roots, strict=True):
            names[root.field.key] = self._root(selected, root)
        type_name = _root_type(self.schema, selection.kind)
        shown = self._display(selection.meta, type_name, names)
        if self.forms:
            shown = f"Written({shown}) if typed else {shown}"
        self._line(1, f"return {shown}")
        held = [f"    {name} = {made}" for name, made in self.joins.items()]
        return "\n".join([*_HEAD, *held, *self.lines, ""])

    def _root(self, selected: SelectedField, root: PlannedRoot) -> str:
        value = self._variable()
        depth = 1
        if root.null_if is not None:
            self._line(1, f"{value} = None")
            condition = self._constant(root.null_if)
            self._line(1, f"if not is_null(reader, {condition}):")
            depth = 2
        if isinstance(root.field.read, ConcatOf):
            if root.field.read.without:
                raise reads.UnfitError
            steps = self._constant(root.field.read.steps)
            self._line(depth, f"parts(reader, {steps})")
        self._field(depth, value, (selected, root.field), "None")
        if depth > 1 and root.field.type.non_null:
            self._line(1, f"if {value} is None: raise Bail")
        return value

    # -- one field ------------------------------------------------------------------

    def _field(
        self, depth: int, value: str, pair: tuple[SelectedField, PlannedField], raw: str
    ) -> None:
        """Lines that leave a field's finished value in the variable ``value``."""
        _, planned = pair
        if isinstance(planned.read, Denied | Masked):
            self._line(depth, f"{value} = {_instead(planned.read)}")
            return
        self._line(depth, f"{value} = {self._read(planned.read, raw)}")
        if isinstance(planned.read, AnswerOf) and planned.read.step in self.forms:
            self._line(depth, f"if {value}.__class__ is TypedRows: typed = True")
            self._line(depth, "else:")
            depth += 1
        self._typed(depth, value, pair, planned.type.wrappers)

    def _read(self, how: Read, raw: str) -> str:
        match how:
            case KeyOf(key):
                return f"{raw}.get({key!r})"
            case AnswerOf(step, key):
                return f"answer(results.get({self._constant(step)}), {key!r})"
            case JoinOf(step, key):
                return reads.joined(f"{self._outcomes(step)}.get(id({raw}))", key)
            case Composed():
                return "COMPOSED"
            case _:
                return f"read(reader, {self._constant(how)}, {raw})"

    def _outcomes(self, step: StepId) -> str:
        """The variable that holds an entity step's outcomes from the beginning on."""
        result = self._constant(step)
        self.joins[f"o_{result}"] = f"outcomes(results.get({result}))"
        return f"o_{result}"

    def _typed(
        self,
        depth: int,
        value: str,
        pair: tuple[SelectedField, PlannedField],
        wrappers: str,
    ) -> None:
        """Hold a value to its type, from the outermost wrapper inwards."""
        named = self.schema.type_map[pair[1].type.name]
        if "[" not in wrappers and is_leaf_type(named):
            self._leaf(depth, value, named, (pair[1].convert, wrappers))
        elif wrappers.startswith("!"):
            self._line(depth, f"if {value} is None: raise Bail")
            self._present(depth, value, pair, wrappers[1:])
        else:
            self._line(depth, f"if {value} is not None:")
            self._present(depth + 1, value, pair, wrappers)

    def _present(
        self,
        depth: int,
        value: str,
        pair: tuple[SelectedField, PlannedField],
        wrappers: str,
    ) -> None:
        if not wrappers:
            self._named(depth, value, pair)
            return
        item, items = self._variable(), self._variable()
        self._line(depth, f"if {value}.__class__ is not list:")
        self._line(depth + 1, f"if {value}.__class__ is not tuple: raise Bail")
        self._line(depth, f"{items} = []")
        self._line(depth, f"for {item} in {value}:")
        self._typed(depth + 1, item, pair, wrappers[1:])
        self._line(depth + 1, f"{items}.append({item})")
        self._line(depth, f"{value} = {items}")

    def _named(
        self, depth: int, value: str, pair: tuple[SelectedField, PlannedField]
    ) -> None:
        """An object of one of its types."""
        _, planned = pair
        self._line(depth, f"if {value}.__class__ is not dict: raise Bail")
        if len(planned.fields) == 1:
            ((concrete, _),) = planned.fields.items()
            self._object(depth, value, pair, concrete)
            return
        kind = self._variable()
        self._line(depth, f"{kind} = type_of({value}, {self._constant(planned)})")
        word = "if"
        for concrete in planned.fields:
            self._line(depth, f"{word} {kind} == {concrete!r}:")
            self._object(depth + 1, value, pair, concrete)
            word = "elif"
        self._line(depth, "else: raise Bail")

    def _leaf(
        self,
        depth: int,
        value: str,
        named: GraphQLLeafType,
        how: tuple[Conversion | None, str],
    ) -> None:
        """One line, since leaves are most of an answer: what it costs counts twice."""
        convert, wrappers = how
        of = named.name if named.name in reads.ODD else self._constant(named)
        name = f"leaf{'' if convert is None else self._constant(convert)}_{of}"
        if name not in self.space:
            self.space[name] = reads.leaf_of(named, convert)
        odd = reads.ODD.get(named.name) if convert is None else None
        tests = [] if wrappers else ["{v} is not None"]
        test = " and ".join([*tests, odd] if odd else tests).format(v=value)
        leave = f"{value} = {name}({value})"
        self._line(depth, f"if {test}: {leave}" if test else leave)

    def _object(
        self,
        depth: int,
        value: str,
        pair: tuple[SelectedField, PlannedField],
        concrete: str,
    ) -> None:
        """Lines that put an object with its selected fields in place of the raw one."""
        selected, planned = pair
        names = {}
        for child in selected.fields[concrete]:
            name = names[child.key] = self._variable()
            below = planned.fields[concrete][child.key]
            self._field(depth, name, (child, below), value)
        meta = selected.meta.get(concrete, {})
        self._line(depth, f"{value} = {self._display(meta, concrete, names)}")

    # -- words ------------------------------------------------------------------------

    def _display(self, meta: Meta, type_name: str, names: Mapping[str, str]) -> str:
        """A dict of finished values in the order of the selection."""
        entries = [f"{key!r}: {name}" for key, name in names.items()]
        for key, (_, before) in reversed(list(meta.items())):
            entries.insert(before, f"{key!r}: {type_name!r}")
        return "{" + ", ".join(entries) + "}"

    def _constant(self, value: object) -> str:
        """A name for something of the plan; the same for the same thing."""
        known: object = value if isinstance(value, StepId) else id(value)
        if known not in self._names:
            name = self._names[known] = f"C{len(self._names)}"
            self.space[name] = value
        return self._names[known]

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _line(self, depth: int, text: str) -> None:
        if len(self.lines) >= _MOST_LINES:
            raise reads.UnfitError
        self.lines.append("    " * depth + text)


def _instead(read: Denied | Masked) -> str:
    if isinstance(read, Denied) and read.told:
        raise reads.UnfitError  # an error is the other path's to tell
    return repr(read.text if isinstance(read, Masked) else None)


def _root_type(schema: GraphQLSchema, kind: OperationKind) -> str:
    root = schema.get_root_type(OperationType(kind.value))
    return root.name if root else ""
