"""Which steps run once for an operation, and which for each object of a type.

What fills another type than the operation's belongs to the objects of that type. What
fills the operation's own type belongs to them too where it reads ``self``: only an
object has one. Everything else is the operation's. Must never report a problem: where
the mistakes are is told when the parts are compiled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.errors import Problems
from gateway.expression import ExpressionSyntaxError, parse
from gateway.profile.including import FieldText, Material
from gateway.profile.scope import NameScope
from gateway.profile.steps import Filling, StepCompiler, StepText
from gateway.record import Model, replace


class Parted(Model, frozen=True):
    """The parts of an operation.

    ``roots`` and ``computed`` are the operation's own; ``steps`` and ``fields`` run
    for each object of the type that they name.
    """

    roots: Mapping[str, StepText]
    computed: Sequence[FieldText]
    steps: Sequence[StepText]
    fields: Sequence[FieldText]

    def scope(self, whole: NameScope) -> NameScope:
        """The names that the operation's own steps and fields read."""
        each = {
            text.document.name: (text.document.fills or "").partition(".")[0]
            for text in self.steps
        }
        return replace(whole, steps=frozenset(self.roots), each=each)


def part(material: Material, root: str, compiler: StepCompiler) -> Parted:
    """The material of an operation whose type is `root`."""
    names = {
        name
        for name, text in material.steps.items()
        if _is_root_step(text, root, compiler)
    }
    fields = material.fields.values()
    return Parted(
        {name: text for name, text in material.steps.items() if name in names},
        [field for field in fields if _is_root_field(field, root)],
        [text for name, text in material.steps.items() if name not in names],
        [field for field in fields if not _is_root_field(field, root)],
    )


def _is_root_step(text: StepText, root: str, compiler: StepCompiler) -> bool:
    fills = text.document.fills
    if fills is None:
        return True
    return fills.partition(".")[0] == root and not _reads_self(text, root, compiler)


def _reads_self(text: StepText, type_name: str, compiler: StepCompiler) -> bool:
    """Whether any of its expressions does; a batch has nothing else to ask with.

    The step is compiled on trial, for only its connector knows where it takes
    expressions; what is wrong with it is told when it is compiled in earnest.
    """
    if text.document.batch is not None:
        return True
    trial = replace(compiler, scope=replace(compiler.scope, problems=Problems()))
    step = trial.compile(text, Filling(type_name, {}, many=None))
    return step is not None and bool(step.reads.own)


def _is_root_field(field: FieldText, root: str) -> bool:
    if field.type != root:
        return False
    try:
        return "self" not in parse(field.text).roots
    except ExpressionSyntaxError:
        return True
