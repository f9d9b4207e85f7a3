"""Which step gives which field: known at load, for every field, exactly one.

The order is the language's: explicit `fields` and `fills`; a field with the step's
name; a field of the answer's known shape; what is left, where exactly one step can
give it. Two owners are a problem unless `on_conflict` names the winner; so is a field
nobody owns. Must never depend on which step answers first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.errors import Problems, did_you_mean
from gateway.profile.model import (
    Composite,
    Computed,
    Concatenation,
    FirstAnswer,
    FromStep,
    OneStep,
    Provision,
    Root,
)
from gateway.profile.scope import Written
from gateway.record import Model, Struct, field, replace
from gateway.values import SourceSpan


class Giver(Model, frozen=True):
    """A root step as far as ownership goes.

    ``shape`` are the fields its answer is known to have, None where unknown.
    ``explicit`` are fields it was told to fill. ``read`` says that others read it.
    ``feeds``: its answer is an event, by which a subscription runs.
    """

    name: str
    span: SourceSpan
    shape: tuple[str, ...] | None = None
    explicit: Mapping[str, str | None] = field(default_factory=dict)
    read: bool = False
    always: bool = False
    feeds: bool = False


class Wanted(Model, frozen=True):
    """What the operation's value is to be.

    ``fields`` are the composite's, in order; None where the value is no single
    object. ``filled`` are fields that entity steps or computed fields give.
    """

    type: str
    fields: tuple[str, ...] | None
    computed: Mapping[str, Computed]
    filled: frozenset[str]
    span: SourceSpan
    objects: frozenset[str] = frozenset()
    """Fields of object types: an entity file, which nobody knows yet, may fill them."""
    lacks: list[str] | None = None
    """Takes the fields that nobody gives, where another profile of the operation may;
    None where that is a problem at once."""


class Rules(Model, frozen=True):
    """``aggregation`` as far as ownership goes; ``place`` is its `on_conflict`."""

    strategy: str = "merge"
    on_conflict: str | Sequence[str] = "error"
    by: str | None = None
    place: Written | None = None


def own(
    givers: Sequence[Giver], wanted: Wanted, rules: Rules, problems: Problems
) -> Root:
    """How the operation's value is put together from its root steps."""
    bodies = tuple(g.name for g in givers if _is_body(g)) or tuple(
        g.name for g in givers
    )
    if not givers:
        return Composite(dict(wanted.computed))
    if rules.strategy in ("first", "concat") or wanted.fields is None:
        _check_computed(wanted, problems)
    match rules.strategy:
        case "first":
            return FirstAnswer(bodies)
        case "concat":
            return Concatenation(bodies, rules.by)
        case _:
            _check_order(givers, wanted, rules, problems)
            owners = _Owners(givers, wanted, rules, problems)
            return owners.root()


def _check_order(
    givers: Sequence[Giver], wanted: Wanted, rules: Rules, problems: Problems
) -> None:
    """`on_conflict` names steps that could give something."""
    names = [giver.name for giver in givers]
    order = () if isinstance(rules.on_conflict, str) else rules.on_conflict
    for number, name in enumerate(order):
        if name not in names:
            problems.add(
                rules.place.span((number,)) if rules.place else wanted.span,
                f"aggregation.on_conflict names {name!r}, which is no step here",
                hint=did_you_mean(name, names) or "remove it",
            )


def _check_computed(wanted: Wanted, problems: Problems) -> None:
    """What steps give whole has no fields beside it; its own objects may have."""
    for name, computed in wanted.computed.items():
        problems.add(
            computed.span,
            f"{wanted.type}.{name} would have to be added to what steps give whole",
            hint="compute it from 'self', which is each object",
        )


def _is_body(giver: Giver) -> bool:
    """Whether a step's answer is there for the reader, not only for other steps."""
    return not giver.read and not giver.always


class _Owners(Struct):
    givers: Sequence[Giver]
    wanted: Wanted
    rules: Rules
    problems: Problems

    def root(self) -> Root:
        if self.wanted.fields is None:
            return self._one()
        claims = self._claims()
        bodies = [g for g in self.givers if _is_body(g)] or list(self.givers)
        if len(bodies) == 1 and self._is_whole(bodies[0]):
            self._shaped_whole(bodies[0])
            return OneStep(bodies[0].name)
        shapeless = [g for g in self.givers if self._may_own_the_rest(g)]
        return self._composite(claims, shapeless)

    def _is_whole(self, giver: Giver) -> bool:
        """Whether the value is this one step's answer, null where it is null."""
        return (
            self.rules.strategy == "merge"
            and not giver.explicit
            and not self.wanted.computed
            and giver.name not in (self.wanted.fields or ())
        )

    def _shaped_whole(self, giver: Giver) -> None:
        if giver.shape is None:
            return
        given = {*giver.shape, *self.wanted.filled, *self.wanted.objects}
        left = [name for name in self.wanted.fields or () if name not in given]
        if left:
            self._nobody(left, ())

    def _one(self) -> Root:
        """A list, a leaf or an abstract value comes from one step, whole."""
        bodies = [g for g in self.givers if _is_body(g)] or list(self.givers)
        if len(bodies) > 1:
            names = ", ".join(g.name for g in bodies)
            self.problems.add(
                bodies[1].span,
                f"{self.wanted.type} comes from one step, and {names} all give it",
                hint="use aggregation.strategy first or concat, or an object type",
            )
        return OneStep(bodies[0].name)

    def _claims(self) -> dict[str, list[tuple[str, Provision]]]:
        """Every claim to a field by its owner's name, strongest kind only."""
        fields = self.wanted.fields or ()
        explicit: dict[str, list[tuple[str, Provision]]] = {
            name: [("fields", computed)]
            for name, computed in self.wanted.computed.items()
        }
        named: dict[str, list[tuple[str, Provision]]] = {}
        shaped: dict[str, list[tuple[str, Provision]]] = {}
        for giver in self.givers:
            for name, key in giver.explicit.items():
                claim = (giver.name, FromStep(giver.name, key))
                explicit.setdefault(name, []).append(claim)
            if giver.explicit:
                continue
            if giver.name in fields:
                named[giver.name] = [(giver.name, FromStep(giver.name))]
            elif self.rules.strategy == "nest":
                continue
            for name in () if giver.name in fields else giver.shape or ():
                if name in fields:
                    claim = (giver.name, FromStep(giver.name, name))
                    shaped.setdefault(name, []).append(claim)
        return {**shaped, **named, **explicit}

    def _may_own_the_rest(self, giver: Giver) -> bool:
        return (
            self.rules.strategy == "merge"
            and not giver.explicit
            and giver.shape is None
            and giver.name not in (self.wanted.fields or ())
            and not giver.always
        )

    def _feeding(self) -> list[Giver]:
        """The event, which gives what is left where no step that is asked could."""
        events = (replace(g, always=False) for g in self.givers if g.feeds)
        return [giver for giver in events if self._may_own_the_rest(giver)]

    def _composite(
        self,
        claims: Mapping[str, list[tuple[str, Provision]]],
        shapeless: Sequence[Giver],
    ) -> Composite:
        owned: dict[str, Provision] = {}
        left = []
        for name in self.wanted.fields or ():
            if name in self.wanted.filled:
                self._only_filler(name, claims.get(name, ()))
            elif name in claims:
                owned[name] = self._winner(name, claims[name])
            else:
                left.append(name)
        unread = [g for g in shapeless if not g.read]
        rest = (shapeless if len(shapeless) == 1 else unread) or self._feeding()
        if left and len(rest) == 1:
            owned |= {name: FromStep(rest[0].name, name) for name in left}
        elif left:
            self._nobody(left, rest)
        self._useless(owned)
        return Composite(owned)

    def _only_filler(self, name: str, claims: Sequence[tuple[str, Provision]]) -> None:
        """What each object fills for itself, no root step is told to fill too."""
        told = {g.name for g in self.givers if name in g.explicit} | {"fields"}
        for owner, _ in claims:
            if owner in told:
                self.problems.add(
                    self.wanted.span,
                    f"{self.wanted.type}.{name} has two owners: {owner}, and what "
                    "reads 'self' for it",
                    hint="let one of them give it",
                )

    def _winner(self, name: str, claims: list[tuple[str, Provision]]) -> Provision:
        if len(claims) == 1:
            return claims[0][1]
        order = self.rules.on_conflict
        by_name = dict(claims)
        if order == "first":
            return claims[0][1]
        if not isinstance(order, str):
            for step in order:
                if step in by_name:
                    return by_name[step]
        names = " and ".join(by_name)
        self.problems.add(
            self.wanted.span,
            f"{self.wanted.type}.{name} has two owners: {names}",
            hint=f"say which in 'fields' ({self.wanted.type}.{name}: "
            f"{claims[0][0]}.{name}) or in aggregation.on_conflict",
        )
        return claims[0][1]

    def _nobody(self, left: Sequence[str], rest: Sequence[Giver]) -> None:
        what = ", ".join(f"{self.wanted.type}.{name}" for name in left)
        if self.wanted.lacks is not None and not rest:
            self.wanted.lacks.extend(left)
            return
        if rest:
            names = " and ".join(g.name for g in rest)
            hint = f"{names} could: say which with 'provides', 'returns' or 'sample'"
        else:
            near = did_you_mean(left[0], [g.name for g in self.givers])
            hint = near or f"add a step named {left[0]!r}, or an entry in 'fields'"
        self.problems.add(self.wanted.span, f"no step gives {what}", hint=hint)

    def _useless(self, owned: Mapping[str, Provision]) -> None:
        used = set(_steps(owned.values()))
        for giver in self.givers:
            if giver.name not in used and _is_body(giver):
                self.problems.warn(
                    giver.span,
                    f"step {giver.name!r} gives no field and no step reads it",
                    hint="name it like a field, or add 'fields' or 'provides'",
                )


def _steps(provisions: Iterable[Provision]) -> Iterator[str]:
    for provision in provisions:
        match provision:
            case FromStep(step):
                yield step
            case Computed(reads=reads):
                yield from reads.steps
