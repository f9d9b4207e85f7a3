"""Directives by which SDL asks a router for protection, where there is no router.

In charge of one refusal: a directive that nobody enforces looks like protection to who
wrote it. Must never enforce one.
"""

from __future__ import annotations

from graphql import DirectiveNode, DocumentNode
from graphql.language import Visitor, visit

from gateway.errors import Problems
from gateway.schema.directives import ENFORCED
from gateway.schema.marks import span_of


def check_unguarded(document: DocumentNode, problems: Problems) -> None:
    """No field is marked as protected by a router that is not there."""
    visit(document, _Unguarded(problems))


class _Unguarded(Visitor):
    def __init__(self, problems: Problems) -> None:
        super().__init__()
        self.problems = problems

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ENFORCED:
            self.problems.add(
                span_of(node),
                f"@{node.name.value} protects nothing here: only a federation router "
                "enforces it",
                hint="remove it, or write 'federation: true' in headwater.yaml if "
                "every request comes through a router",
            )
