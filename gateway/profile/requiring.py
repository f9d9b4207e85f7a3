"""What a router sends along, ``@requires``, held against the steps that read it.

In charge of the one promise that makes a subgraph with external fields answer: whatever
a field's step reads of them is what the field says it needs. Must never look at a field
that this subgraph gives by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from gateway.errors import Problems
from gateway.profile.model import Computed, Entity, KeyFields, Step
from gateway.profile.scope import Seen


def check_external(entity: Entity, seen: Iterable[Seen], problems: Problems) -> None:
    """Every external field is sent to whoever reads it, and given by nobody here."""
    check = _Check(entity)
    for name, giver in check.givers.items():
        at = f"{entity.type}.{name}"
        if name in entity.marks.external - entity.marks.provided:
            problems.add(
                giver.span,
                f"{at} is @external: another subgraph gives it, and so does this",
                hint="remove @external from the field, or what gives it here",
            )
            continue
        required = entity.marks.requires.get(name)
        sent = required.fields.keys() if required else set[str]()
        for other in sorted(check.needed(name, frozenset()) - sent):
            wanted = " ".join((*sent, other))
            problems.add(
                giver.span,
                f"{at} needs 'self.{other}', which is @external: a router sends it "
                "only where a field says that it needs it",
                hint=f'write @requires(fields: "{wanted}") at {at}',
            )
    _check_paths(entity, seen, problems)


def check_given(entity: Entity, problems: Problems) -> None:
    """A field for which something is sent along is given from it, by the type's file.

    A type that no file is about gives none.
    """
    givers = _Check(entity).givers
    for name, required in entity.marks.requires.items():
        if name not in givers:
            problems.add(
                required.span,
                f"{entity.type}.{name} has @requires, and no step of "
                f"'entity: {entity.type}' gives it",
                hint=f"add a step {name!r} there that reads what is required of 'self'",
            )


def _check_paths(entity: Entity, seen: Iterable[Seen], problems: Problems) -> None:
    """Below an external field there is what is required of it, and nothing else."""
    required = entity.marks.required()
    for one in seen:
        path = [str(part) for part in one.reference.path]
        if one.reference.root != "self" or path[0:1] == [] or one.type != entity.type:
            continue
        if path[0] not in entity.marks.external or path[0] not in required:
            continue
        known: KeyFields = required
        for number, name in enumerate(path):
            if name.isdigit() or not known:
                continue
            if name not in known:
                at = ".".join((entity.type, *path[:number]))
                problems.add(
                    one.span,
                    f"of {at} a router sends {', '.join(known)}, and not {name!r}",
                    hint="add it to what @requires names",
                )
                break
            known = known[name]


class _Check:
    """Who gives which field of a type, and what that takes."""

    def __init__(self, entity: Entity) -> None:
        self.marks = entity.marks
        self.steps: Mapping[str, Step] = {**entity.steps, **entity.lookups}
        self.givers: Mapping[str, Step | Computed] = {
            **entity.computed,
            **{name: s for s in self.steps.values() for name in s.fields},
        }

    def needed(self, name: str, known: frozenset[str]) -> AbstractSet[str]:
        """The external fields that a field's value is made with."""
        giver = self.givers.get(name)
        if giver is None or name in known:
            return frozenset()
        found: set[str] = set()
        for own in self._own(giver):
            if own in self.marks.external:
                found.add(own)
            elif own != name:
                found |= self.needed(own, known | {name})
        return found

    def _own(self, giver: Step | Computed) -> set[str]:
        """The fields of the object that are read, by its sibling steps too."""
        found = set(giver.reads.own)
        ahead, seen = [*giver.reads.steps], set[str]()
        while ahead:
            step = self.steps.get(ahead.pop())
            if step is not None and step.name not in seen:
                seen.add(step.name)
                found |= step.reads.own
                ahead += step.reads.steps
        return found
