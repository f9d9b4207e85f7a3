"""What rules read of a configuration: the keys that people know, complete.

In charge of the names and shapes of facts; defaults are applied, so that a rule about a
timeout holds for the one that nobody wrote. Times are durations. Must never show what
a step sends: a value may be of use to nobody but its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeAlias

from gateway.profile.model import Entity, Profile, Step
from gateway.profile.world import SourceFacts
from gateway.rules.model import Known, Over

Facts: TypeAlias = Mapping[str, object]

KEYS: Mapping[str, frozenset[str]] = {
    word: frozenset(keys.split())
    for word, keys in {
        "profile": "operation kind file description owner returns arguments deadline"
        " deadline_written policy steps",
        "step": "name type source endpoint role always fills fields when reads timeout"
        " timeout_written retry hedge cache share fallback batch paginate escalate"
        " error writes policy declassify mock cost",
        "source": "name type metered owner tells",
        "field": "type name returns nullable description deprecated arguments tags",
        "deployment": "policies audit workers",
    }.items()
}
"""What each word has."""
_SEEN = {
    Over.PROFILE: ("profile", "deployment"),
    Over.STEP: ("step", "profile", "source", "deployment"),
    Over.FIELD: ("field", "deployment"),
    Over.SOURCE: ("source", "deployment"),
}
KNOWN: Known = {
    over: {name: KEYS[name] for name in seen} for over, seen in _SEEN.items()
}
"""Which words a rule reads, by what it is over."""


def of_profile(profile: Profile) -> Facts:
    """A rule's ``profile``."""
    return {
        "operation": profile.operation,
        "kind": profile.kind.value,
        "file": profile.span.file,
        "description": profile.description,
        "owner": profile.owner,
        "returns": profile.returns,
        "arguments": list(profile.arguments),
        "deadline": timedelta(seconds=profile.deadline),
        "deadline_written": profile.deadline_span is not None,
        "policy": profile.policy.condition.text if profile.policy else None,
        "steps": sorted(_all_steps(profile)),
    }


def of_entity(entity: Entity) -> Facts:
    """The same for an entity file: ``operation`` is null, ``returns`` its type."""
    return {
        "operation": None,
        "kind": "entity",
        "file": entity.span.file,
        "description": None,
        "owner": None,
        "returns": entity.type,
        "arguments": [],
        "deadline": None,
        "deadline_written": False,
        "policy": None,
        "steps": sorted(entity.steps),
    }


def of_step(step: Step) -> Facts:
    """A rule's ``step``."""
    return {
        "name": step.name,
        "type": step.type,
        "source": step.source,
        "endpoint": step.endpoint,
        "role": step.role.value,
        "always": step.always,
        "fills": step.fills,
        "fields": sorted(step.fields),
        "when": step.when.whole.text if step.when else None,
        "reads": sorted(step.reads.steps),
        "timeout": timedelta(seconds=step.timeout),
        "timeout_written": step.timed,
        "retry": _retry(step),
        "hedge": step.hedge is not None,
        "cache": _cache(step),
        "share": step.share.value,
        "fallback": [_rung(rung) for rung in step.fallback],
        "batch": step.batch.most if step.batch else None,
        "paginate": step.pages.rules.max_pages if step.pages else None,
        "escalate": step.escalate.source if step.escalate else None,
        "error": step.error is not None,
        "writes": step.writes,
        "policy": step.policy.condition.text if step.policy else None,
        "declassify": step.declassify,
        "mock": bool(step.mock),
        "cost": step.cost,
    }


def of_source(name: str, source: SourceFacts | None) -> Facts:
    """A rule's ``source``."""
    if source is None:
        return {
            "name": name,
            "type": None,
            "metered": False,
            "owner": None,
            "tells": [],
        }
    return {
        "name": name,
        "type": source.type,
        "metered": source.metered,
        "owner": source.owner.team if source.owner else None,
        "tells": list(source.tells),
    }


def _all_steps(profile: Profile) -> Iterable[str]:
    yield from profile.steps
    for entity in profile.entities.values():
        yield from entity.steps


def _retry(step: Step) -> Facts | None:
    if step.retry is None:
        return None
    return {"attempts": step.retry.attempts, "errors": sorted(step.retry.classes)}


def _cache(step: Step) -> Facts | None:
    rule = step.cache
    if rule is None:
        return None
    return {
        "ttl": timedelta(seconds=rule.ttl),
        "keep": timedelta(seconds=rule.keep),
        "scope": rule.scope.value,
        "tags": len(rule.tags),
    }


def _rung(rung: object) -> str:
    return rung if isinstance(rung, str) else type(rung).__name__.lower()
