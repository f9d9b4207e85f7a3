"""The file of a type, compiled: the steps that hold wherever it appears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.errors import Problems
from gateway.profile.defaulting import defaults_for
from gateway.profile.document import EntityDocument
from gateway.profile.identity import keys_of
from gateway.profile.including import FieldText
from gateway.profile.kinds import compile_kind
from gateway.profile.model import UNMARKED, Entity, Key, Step
from gateway.profile.objects import ObjectCompiler, check_type
from gateway.profile.overridden import check_taken
from gateway.profile.paths import check_paths
from gateway.profile.requiring import check_external
from gateway.profile.scope import NameScope, Written
from gateway.profile.source import Document
from gateway.profile.steps import StepCompiler, StepText
from gateway.profile.world import World
from gateway.record import replace
from gateway.shape import TypeKind
from gateway.values import digest


def compile_entity(
    document: EntityDocument, file: Document, world: World, problems: Problems
) -> Entity | None:
    """The steps that hold wherever a type appears; None where there are problems."""
    before = len(problems.errors)
    written = Written(file)
    named = written.span(("entity",))
    check_type(document.entity, world, named, problems, document)
    names = frozenset(step.name for step in document.steps)
    scope = NameScope(
        (), names, problems, has_self=True, file=file.file, flags=world.flags
    )
    compiler = StepCompiler(document.entity, world, scope, paper=False)
    nearest = document.on_conflict == "nearest"
    made = ObjectCompiler(compiler, written, document.entity, nearest=nearest)
    defaults = document.defaults
    for number, step in enumerate(document.steps):
        place = Written(file, ("steps", number))
        text = StepText(step, place, defaults_for(step, defaults), document.owner)
        made.add_step(text)
    for coordinate, expression in document.fields.items():
        made.add_field(FieldText(coordinate, expression, written))
    check_paths(scope.seen, made.answers, world.shapes, problems)
    entity = made.done().get(document.entity)
    keys = keys_of(document, written, world, problems)
    lookups = _lookups(document, written, compiler, keys)
    if len(problems.errors) > before:
        return None
    made_of = Entity(
        document.entity,
        entity.steps if entity else {},
        entity.computed if entity else {},
        digest(world.digest, file.text),
        named,
        keys,
        lookups,
        nearest,
        marks=world.marks.get(document.entity, UNMARKED),
    )
    check_external(made_of, scope.seen, problems)
    check_taken(made_of, problems)
    return made_of if len(problems.errors) == before else None


def _lookups(
    document: EntityDocument,
    written: Written,
    compiler: StepCompiler,
    keys: Sequence[Key],
) -> Mapping[str, Step]:
    """The steps for objects of which only a key is known; they see the others."""
    scope, problems = compiler.scope, compiler.scope.problems
    names = frozenset(step.name for step in document.lookup)
    if document.lookup and not (document.key or keys):
        problems.add(
            written.span(("lookup",), key=True),
            "'lookup' is for objects that are named by a key, and there is none",
            hint="write 'key: [id]', or make them 'steps'",
        )
    for number, step in enumerate(document.lookup):
        if step.name in scope.steps:
            problems.add(
                written.span(("lookup", number, "name")),
                f"there is a step named {step.name!r} under 'steps', too",
                hint="rename one",
            )
    wider = replace(compiler, scope=replace(scope, steps=scope.steps | names))
    shape = compiler.world.shapes.get(document.entity)
    if shape is not None and shape.kind is TypeKind.INTERFACE:
        return compile_kind(document, written, compiler)
    made = ObjectCompiler(wider, written, document.entity)
    for number, step in enumerate(document.lookup):
        place = written.at("lookup", number)
        made.add_step(StepText(step, place, document.defaults, document.owner))
    entity = made.done().get(document.entity)
    return entity.steps if entity else {}
