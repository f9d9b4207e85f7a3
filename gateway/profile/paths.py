"""Paths that expressions read, held against what is known of what they read.

In charge of slips in keys: a column that a query does not select is an error; of types
and samples a body may hold more, so there only what looks like a slip is warned of.
Must never refuse a key that only the source knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.errors import Problems, did_you_mean
from gateway.profile.document import StepDocument
from gateway.profile.knowing import step_type_of
from gateway.profile.scope import Seen
from gateway.profile.steps import StepText
from gateway.profile.world import World
from gateway.record import Model
from gateway.shape import Shapes, TypeRef
from gateway.values import JsonValue, SourceSpan

_SHORTEST = 4
"""Letters from which on two names that differ in one are hardly meant to."""


class Answer(Model, frozen=True):
    """What a step's answer is known to hold.

    ``columns`` are all there are; ``certain`` says that nothing else stands in for
    them. ``type`` and ``sample`` may hold less than the body.
    """

    columns: tuple[str, ...] | None = None
    certain: bool = True
    type: TypeRef | None = None
    sample: JsonValue = None


def answer_of(text: StepText, wanted: TypeRef | None, world: World) -> Answer:
    """What is known of a step's answer; `wanted` is the type of the field it gives."""
    document, type_ = text.document, wanted
    if document.returns is not None:
        type_ = world.read_type(document.returns)
    if document.select is not None:
        return Answer(type=type_)
    step_type = step_type_of(document.type, text.source, world)
    made = step_type.shape(document) if step_type else None
    return Answer(
        tuple(field.name for field in made) if made else None,
        not _stand_in(document),
        type_,
        document.sample,
    )


def _stand_in(document: StepDocument) -> bool:
    given = document.model_fields_set
    return bool(given & {"fallback", "on_skip", "on_status", "mock"})


def check_paths(
    seen: Iterable[Seen],
    answers: Mapping[str, Answer],
    shapes: Shapes,
    problems: Problems,
) -> None:
    """Report what no reply can hold, and what looks like a slip."""
    check = _Check(shapes, problems)
    for read in dict.fromkeys(seen):
        path = read.reference.path
        if read.reference.root == "self" and read.type:
            check.typed(path, TypeRef(read.type), read.span)
        elif path and read.reference.root in answers:
            check.step(read.reference.root, answers[read.reference.root], path, read)


class _Check(Model, frozen=True):
    shapes: Shapes
    problems: Problems

    def step(self, name: str, known: Answer, path: Sequence[str], read: Seen) -> None:
        """A path below a step's answer."""
        if known.columns is not None and path[0] not in known.columns:
            tell = self.problems.add if known.certain else self.problems.warn
            near = did_you_mean(path[0], known.columns)
            tell(
                read.span,
                f"step {name!r} gives no {path[0]!r}",
                hint=near or f"it gives {', '.join(known.columns)}",
            )
        elif known.sample is not None:
            self._sampled(name, known.sample, path, read.span)
        elif known.columns is None and known.type is not None:
            self.typed(path, known.type, read.span)

    def typed(self, path: Sequence[str], type_: TypeRef, span: SourceSpan) -> None:
        """A path below a value of a type; keys that the type lacks may be there."""
        for key in path:
            shape = self.shapes.get(type_.name)
            if shape is None or type_.is_list or not shape.fields:
                return
            if key not in shape.fields:
                self._slip(key, shape.fields, f"type {shape.name} has", span)
                return
            type_ = shape.fields[key].type

    def _sampled(
        self, name: str, sample: JsonValue, path: Sequence[str], span: SourceSpan
    ) -> None:
        for key in path:
            if not isinstance(sample, Mapping):
                return
            if key not in sample:
                self._slip(key, sample, f"the sample of {name!r} has", span)
                return
            sample = sample[key]

    def _slip(
        self, key: str, known: Iterable[str], whose: str, span: SourceSpan
    ) -> None:
        near = next((name for name in known if is_slip(key, name)), None)
        if near is not None:
            message = f"{whose} no {key!r}, so this reads what only the source knows"
            self.problems.warn(span, message, hint=f"did you mean {near!r}?")


def is_slip(word: str, known: str) -> bool:
    """Whether one is the other but for one letter, or two that changed places.

    Other spellings of the same words (``party_id``) and longer names (``branchId``
    beside ``branch``) are meant.
    """
    if min(len(word), len(known)) < _SHORTEST or _bare(word) == _bare(known):
        return False
    if len(word) == len(known):
        return _one_changed(word, known)
    longer, shorter = sorted((word, known), key=len, reverse=True)
    inside = range(1, len(longer) - 1)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in inside) and not (
        longer.startswith(shorter)
    )


def _one_changed(word: str, known: str) -> bool:
    both = enumerate(zip(word, known, strict=True))
    at = [n for n, (ours, theirs) in both if ours != theirs]
    if len(at) == 1:
        return word[at[0]].isalpha() and known[at[0]].isalpha()
    first = at[0]
    swapped = word[:first] + word[first : first + 2][::-1] + word[first + 2 :]
    return swapped == known


def _bare(name: str) -> str:
    return name.replace("_", "").casefold()
