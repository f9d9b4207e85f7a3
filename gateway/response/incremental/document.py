"""The document that is executed for an answer in parts.

In charge of its directives: each part gets its number as label, so that every payload
tells which part it is; parts that nobody waits for any more come at once; fields that
would hold up the answer become parts of their own. Places in the text stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    InlineFragmentNode,
    NameNode,
    Node,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
)
from graphql.language import REMOVE, Visitor, visit

from gateway.plan.model import Groups, Late
from gateway.record import Model
from gateway.request.model import Deferral, Part
from gateway.values import StepId

_NOTHING = frozenset[StepId]()


class Arranged(Model, frozen=True):
    """A document to execute, and the parts that are left, by their labels in it.

    ``late`` are the fields that come later without being asked to.
    """

    document: DocumentNode
    parts: Mapping[str, Part]
    late: tuple[Late, ...] = ()


def arranged(
    groups: Groups,
    deferral: Deferral,
    unsettled: frozenset[StepId],
    late: tuple[Late, ...],
) -> Arranged:
    """The document for an answer whose first payload leaves while steps are unsettled.

    Of the steps that the first payload needs, those that are unsettled are not waited
    for: the fields that are ``late`` for them become parts of their own.
    """
    kept = {
        id(part.directive): part
        for part in deferral.parts
        if part.streams or groups.reads.get(part.number, _NOTHING) & unsettled
    }
    numbers = {steps: number for number, steps in enumerate({x.steps for x in late})}
    further = {
        steps: Part(len(deferral.parts) + number, None, streams=False, directive=None)
        for steps, number in numbers.items()
    }
    nodes = {id(node): further[one.steps] for one in late for node in one.nodes}
    visitor = _Arranging(kept, nodes)
    document = visit(cast("DocumentNode", deferral.document), visitor)
    parts = (*kept.values(), *further.values())
    return Arranged(document, {str(part.number): part for part in parts}, late)


class _Arranging(Visitor):
    """Gives directives their numbers, and takes those away that are not kept."""

    def __init__(self, kept: Mapping[int, Part], late: Mapping[int, Part]) -> None:
        super().__init__()
        self.kept = kept
        self.late = late
        self.made: dict[int, Node] = {}
        """Nodes that came of this visit, which it comes by once more."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> object:
        if node.name.value not in ("defer", "stream") or id(node) in self.made:
            return None
        part = self.kept.get(id(node))
        return REMOVE if part is None else _labelled(node, part)

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> object:
        if id(node) in self.made:
            return None
        if not any(id(one) in self.late for one in node.selections):
            return None
        return SelectionSetNode(
            selections=tuple(self._wrapped(node.selections)), loc=node.loc
        )

    def _wrapped(
        self, selections: tuple[SelectionNode, ...]
    ) -> Iterator[SelectionNode]:
        """Fields of one part as one fragment, in the place of the first."""
        groups: dict[int, list[SelectionNode]] = {}
        for one in selections:
            part = self.late.get(id(one))
            if part is not None:
                groups.setdefault(part.number, []).append(one)
        told: set[int] = set()
        for one in selections:
            part = self.late.get(id(one))
            if part is None:
                yield one
            elif part.number not in told:
                told.add(part.number)
                yield self._fragment(part, groups[part.number])

    def _fragment(
        self, part: Part, selections: list[SelectionNode]
    ) -> InlineFragmentNode:
        directive = _defer(part)
        inside = SelectionSetNode(selections=tuple(selections))
        self.made |= {id(directive): directive, id(inside): inside}
        return InlineFragmentNode(directives=(directive,), selection_set=inside)


def _defer(part: Part) -> DirectiveNode:
    return DirectiveNode(name=NameNode(value="defer"), arguments=(_label(part),))


def _labelled(node: DirectiveNode, part: Part) -> DirectiveNode:
    arguments = (one for one in node.arguments or () if one.name.value != "label")
    return DirectiveNode(
        name=node.name, arguments=(*arguments, _label(part)), loc=node.loc
    )


def _label(part: Part) -> ArgumentNode:
    value = StringValueNode(value=str(part.number))
    return ArgumentNode(name=NameNode(value="label"), value=value)
