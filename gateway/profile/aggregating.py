"""The key `aggregation` of a profile: how the steps' answers become one."""

from __future__ import annotations

from collections.abc import Collection

from gateway.errors import Problems, did_you_mean
from gateway.profile.document import AggregationDocument
from gateway.profile.ownership import Rules
from gateway.profile.scope import Written


def rules_of(said: AggregationDocument, file: Written, problems: Problems) -> Rules:
    """Who gives a field that several steps could give."""
    written = file.at("aggregation")
    if said.by is not None and said.strategy != "concat":
        problems.add(
            written.span(("by",), key=True),
            "'by' makes one of equal rows, and only 'concat' puts rows together",
            hint="add 'strategy: concat', or remove 'by'",
        )
    return Rules(said.strategy, said.on_conflict, said.by, written.at("on_conflict"))


def required_of(
    said: AggregationDocument, steps: Collection[str], file: Written, problems: Problems
) -> frozenset[str]:
    """The steps without which there is no answer, as far as they are named here."""
    for number, name in enumerate(said.required_steps):
        if name not in steps:
            problems.add(
                file.span(("aggregation", "required_steps", number)),
                f"there is no step {name!r} to require",
                hint=did_you_mean(name, steps) or "remove it",
            )
    return frozenset(said.required_steps)
