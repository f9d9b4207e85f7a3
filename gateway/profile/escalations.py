"""`escalate` as written → whom to tell when a step keeps failing.

In charge of refusing an alarm that could not be given: it would be missed when it is
needed. Must never tell anybody anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.alarm import Alarm, Owner
from gateway.errors import did_you_mean
from gateway.expression import ExpressionSyntaxError, url_parts
from gateway.profile.document import (
    EscalateDocument,
    OwnerDocument,
    StepDefaults,
    StepDocument,
)
from gateway.profile.lending import Borrowing, check_lending
from gateway.profile.scope import NameScope, Written
from gateway.profile.world import World
from gateway.record import Model

MOST_FAILURES = 10_000
"""Failures that one alarm may wait for: each is remembered."""
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class EscalationCompiler(Model, frozen=True):
    """Compiles the `escalate` of one step, its own or its file's.

    ``owner`` is that of the file the step was written in.
    """

    of: str
    document: StepDocument
    written: Written
    defaults: StepDefaults | None
    owner: str | OwnerDocument | None
    world: World
    scope: NameScope

    def alarm(self, source: str | None) -> Alarm | None:
        """None where nobody is told. `source` is what the step itself calls."""
        own, defaults = self.document.escalate, self.defaults
        asked = own or (defaults.escalate if defaults else None)
        if asked is None:
            return None
        place = self.written if own else Written(self.written.file, ("defaults",))
        if source is None:
            if own:
                message = f"'escalate' has no effect: {self.document.type!r} "
                span = place.span(("escalate",), key=True)
                self.scope.problems.warn(
                    span, f"{message}calls nothing", hint="remove it"
                )
            return None
        self._check(asked, place.at("escalate"))
        facts = self.world.sources.get(asked.source)
        return Alarm(
            # Only the scope of an entity file has a parent before a step gives it one.
            kind="entity" if self.scope.has_self else "operation",
            of=self.of,
            step=self.document.name,
            calls=source,
            source=asked.source,
            endpoint=_below(asked.endpoint),
            after=asked.after,
            timeout=(facts.timeout if facts else None) or self.world.timeout,
            owner=self.owner_of(source),
        )

    def _check(self, asked: EscalateDocument, place: Written) -> None:
        """Tell what is wrong, at its place."""

        def wrong(key: str, message: str, hint: str) -> None:
            self.scope.problems.add(place.span((key,)), message, hint=hint)

        sources = self.world.sources
        if asked.source not in sources:
            rest = [name for name, facts in sources.items() if facts.type == "rest"]
            hint = did_you_mean(asked.source, rest) or (
                f"declare it under 'sources' in headwater.yaml: {asked.source}"
            )
            wrong("source", f"there is no source {asked.source!r}", hint)
        elif sources[asked.source].type != "rest":
            found = sources[asked.source].type
            message = f"source {asked.source!r} is of type {found}, and a POST is sent"
            wrong("source", message, "name a source of type rest")
        else:
            files = (place.file.file, self.scope.file or place.file.file)
            borrowed = Borrowing(asked.source, files, place.span(("source",)), "POST")
            lending = sources[asked.source].lending
            check_lending(lending, borrowed, self.world.root, self.scope.problems)
        _check_endpoint(asked.endpoint, wrong)
        if asked.after.times > MOST_FAILURES:
            message = f"an alarm waits for at most {MOST_FAILURES} failures"
            wrong("after", message, "write fewer, in a shorter time")

    def owner_of(self, source: str | None) -> Owner | None:
        """The nearest: the step's, its defaults', its file's, that of its source."""
        defaults = self.defaults.owner if self.defaults else None
        found = self.document.owner or defaults or self.owner
        if found is None:
            facts = self.world.sources.get(source or "")
            return facts.owner if facts else None
        if isinstance(found, str):
            return Owner(found)
        return Owner(found.team, found.runbook, found.contact)


def _check_endpoint(text: str, wrong: Callable[[str, str, str], None]) -> None:
    """A path that is the same for every failure."""
    if _ABSOLUTE.match(text):
        message = "an endpoint is a path below its source's URL, not a URL"
        hint = "declare a source with that host in headwater.yaml, and name it here"
        wrong("endpoint", message, hint)
    elif "#" in text:
        message, hint = "a '#' part is never sent", "write %23 for the character"
        wrong("endpoint", message, hint)
    try:
        fixed = all(isinstance(part, str) for part in url_parts(text))
    except ExpressionSyntaxError as error:
        wrong("endpoint", error.message, error.hint or "write {{ for a brace")
        return
    if not fixed:
        message = "an incident is about many requests, so its endpoint has no {...}"
        wrong("endpoint", message, "write a fixed path: /incidents")


def _below(text: str) -> str:
    """The path as text, doubled braces made single ones, with its slash."""
    plain = text.replace("{{", "{").replace("}}", "}")
    return plain if plain[:1] in ("/", "?") else f"/{plain}"
