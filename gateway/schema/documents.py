"""Requests that name their document, or that may only send some → with a document.

In charge of where a document is looked for: manifests, what this process keeps, what
the cache's Redis does; and of what may be kept. It stands behind reading, at each way
in that takes documents. Must never keep one that is not valid, nor under another hash.
"""

from __future__ import annotations

from gateway.cache.base import Entry
from gateway.connectors.base import Reply
from gateway.errors import Code, RequestError
from gateway.generation import Generation
from gateway.persisted.judging import judge
from gateway.persisted.kept import Kept
from gateway.persisted.listing import hash_of
from gateway.persisted.model import PREFIX, Mode, Persisted
from gateway.record import Struct, field
from gateway.request.model import Asking, Reference
from gateway.splitting import Given

_SHARED_FOR = 86_400.0
"""Seconds that a document stays in the Redis after it came. A client sends it anew."""
_NOT_FOUND, _NOT_SUPPORTED = "PersistedQueryNotFound", "PersistedQueryNotSupported"
"""Clients compare these texts: urql knows no code."""


class Documents(Struct):
    """Finds and keeps documents for all ways in of a process."""

    kept: Kept = field(default_factory=lambda: Kept(0))

    def at_once(self, generation: Generation, asking: Asking) -> Asking | None:
        """The same as `found` where nothing is new; None where something is."""
        persisted, reference = generation.persisted, asking.reference
        if reference is None:
            sent = asking.document
            known = persisted.allows(sent)
            if not known and persisted.mode is Mode.LOG:
                known = persisted.is_told(sent)
            return asking if known else None
        if asking.document:
            return None
        text = persisted.listed.named(reference.id)
        if text is None:
            if persisted.guards or not persisted.automatic:
                return None
            self.kept.limit = persisted.memory
            text = self.kept.find(_hash(reference))
        return None if text is None else _of(asking, text)

    async def found(self, given: Given, asking: Asking) -> Asking:
        """The request with its document, which may run.

        Raises:
            RequestError: there is none such, or it may not run.
        """
        pipeline, generation, request, _ = given
        persisted, reference = generation.persisted, asking.reference
        if reference is None:
            judge(persisted, asking, request, pipeline.observe)
            return asking
        if asking.document:
            sent = asking._replace(reference=None)
            _check_hash(persisted, reference, asking.document)
            judge(persisted, sent, request, pipeline.observe)
            if persisted.registers:
                await self._keep(given, sent, reference.id)
            return sent
        text = persisted.listed.named(reference.id)
        if text is not None:
            return _of(asking, text)
        text = await self._kept(generation, _hash(reference))
        if text is None:
            raise _unknown(persisted)
        whole = _of(asking, text)
        judge(persisted, whole, request, pipeline.observe)
        return whole

    async def _kept(self, generation: Generation, hash_: str) -> str | None:
        """A document that some client had kept."""
        persisted = generation.persisted
        if not persisted.registers:
            return None
        self.kept.limit = persisted.memory
        text = self.kept.find(hash_)
        if text is not None or not persisted.shared:
            return text
        entry = await generation.cache.get(_key(hash_), ())
        body = entry.reply.body if entry is not None else None
        if not isinstance(body, str) or hash_of(body) != hash_:
            return None
        self.kept.keep(hash_, body)
        return body

    async def _keep(self, given: Given, asking: Asking, hash_: str) -> None:
        """Keep a document that is valid; of any other the answer says what is wrong."""
        pipeline, generation = given.pipeline, given.generation
        if not pipeline.preparing.knows(generation, asking, given.request):
            await pipeline.turn(generation, asking, given.request)
            if not pipeline.preparing.reads(generation, asking):
                return
        persisted, text = generation.persisted, asking.document
        self.kept.limit = persisted.memory
        self.kept.keep(hash_, text)
        if persisted.shared:
            now = pipeline.clock.wall().timestamp()
            until = now + _SHARED_FOR
            entry = Entry(Reply(text, size=len(text)), now, until, until)
            await generation.cache.put(_key(hash_), entry, (), now)


def _of(asking: Asking, text: str) -> Asking:
    operation, variables = asking.operation, asking.variables
    return Asking(text, operation, variables, asking.read_only, asking.live)


def _hash(reference: Reference) -> str:
    return reference.id.removeprefix(PREFIX)


def _key(hash_: str) -> str:
    return f"persisted:{hash_}"


def _check_hash(persisted: Persisted, reference: Reference, text: str) -> None:
    """A document is kept, and may run, under its own name alone.

    Raises:
        RequestError: PERSISTED_QUERY_HASH_MISMATCH.
    """
    if persisted.listed.named(reference.id) == text:
        return  # a list may call it as it likes
    if hash_of(text) != reference.id:
        raise RequestError(
            "The hash is not the SHA-256 of the query that was sent with it.",
            code=Code.PERSISTED_QUERY_HASH_MISMATCH,
        )


def _unknown(persisted: Persisted) -> RequestError:
    if not persisted.automatic and not persisted.listed.by_id:
        code = Code.PERSISTED_QUERY_NOT_SUPPORTED
        return RequestError(_NOT_SUPPORTED, code=code)
    return RequestError(_NOT_FOUND, code=Code.PERSISTED_QUERY_NOT_FOUND)
