"""What tells which type an object has that was named as one of an interface.

In charge of the one step under ``lookup`` in an interface's file. It gives no field:
the object's own type has its steps. Must never be run for an object whose type is
known.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.profile.document import EntityDocument
from gateway.profile.model import Step
from gateway.profile.scope import Written
from gateway.profile.steps import Filling, StepCompiler, StepText
from gateway.shape import TypeRef


def compile_kind(
    document: EntityDocument, written: Written, compiler: StepCompiler
) -> Mapping[str, Step]:
    """The step by its name; nothing where there is none, or a problem."""
    if not document.lookup:
        return {}
    problems, name = compiler.problems, document.entity
    step, *others = document.lookup
    if others:
        problems.add(
            written.span(("lookup", 1, "name")),
            f"one step tells which type a {name} has, and there are "
            f"{len(document.lookup)}",
            hint="write the steps that give fields in the files of its types",
        )
    for key in ("fills", "provides"):
        if key in step.model_fields_set:
            problems.add(
                written.span(("lookup", 0, key)),
                f"this step tells which type a {name} has, and gives no field",
                hint=f"remove {key!r}; the object's own type has steps for its fields",
            )
    for value, type_ in (step.type_by.types if step.type_by else {}).items():
        if type_ not in compiler.world.shapes[name].possible:
            problems.add(
                written.span(("lookup", 0, "type_by", "types", value)),
                f"{type_!r} is no {name}",
                hint=f"write 'implements {name}' at the type, or name another",
            )
    scope = compiler.scope.among(name)
    text = StepText(step, written.at("lookup", 0), document.defaults, document.owner)
    filling = Filling(name, {}, False, wanted=TypeRef(name), takes=())
    made = StepCompiler(compiler.operation, compiler.world, scope, paper=False).compile(
        text, filling
    )
    return {made.name: made} if made else {}
