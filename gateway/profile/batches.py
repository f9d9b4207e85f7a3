"""`batch` as written → what asks many parents' keys in one call."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.profile.document import BatchDocument, StepDocument
from gateway.profile.model import Batch
from gateway.profile.scope import NameScope, ReadsSoFar, Written
from gateway.record import Model

KEYS = frozenset({"keys"})
MOST_KEYS = 100
"""Keys in one call where a batch does not say."""


class BatchCompiler(Model, frozen=True):
    """Compiles the batch of one step. ``many`` is whether its field is a list."""

    document: StepDocument
    written: Written
    scope: NameScope
    reads: ReadsSoFar
    many: bool | None

    def called(self) -> StepDocument:
        """The step with the batch's body and query in place of its own."""
        batch = self.document.batch
        changed: dict[str, object] = {}
        if batch is not None and batch.body is not None:
            changed["body"] = batch.body
        if batch is not None and batch.query is not None:
            own = getattr(self.document, "query", None)
            changed["query"] = {**(own or {}), **batch.query}
        return self.document.model_copy(update=changed) if changed else self.document

    def batch(self) -> Batch | None:
        """The batch; None and a problem where its key is none."""
        written = self.document.batch
        if written is None:
            return None
        self._check(written)
        key = self.scope.template(written.key, self.written, ("batch", "key"))
        if key is None:
            return None
        place = self.written.span(("batch", "key"))
        if "keys" in key.roots:
            self.scope.problems.add(
                place,
                "'keys' are made of this, so it cannot read them",
                hint="read the parent: ${ self.id }",
            )
        self.reads.add(key, place)
        by = written.by
        return Batch(
            key=key,
            by=dict(by) if isinstance(by, Mapping) else by,
            most=written.max or MOST_KEYS,
            many=bool(self.many)
            if written.cardinality is None
            else written.cardinality == "many",
            strict=written.missing == "error",
            join=written.join,
            wait_all=written.wait == "all",
            window=written.window or None,
        )

    def _check(self, written: BatchDocument) -> None:
        problems, place = self.scope.problems, self.written
        if not self.scope.has_self:
            problems.add(
                place.span(("batch",), key=True),
                "a batch asks for many parents, and this step has none",
                hint="add 'fills: Type.field', or put the step into an entity file",
            )
        share = self.document.share
        if written.window and share is not None and share != "all":
            problems.add(
                place.span(("batch", "window")),
                f"a window asks together with other requests, and 'share: {share}' "
                "keeps the step's calls from them",
                hint="remove one of the two",
            )
