"""What is told of a step and of an operation: keys complete, with defaults applied.

In charge of what each key is compared by. A time that is written in another unit is no
change; whatever has no meaning of its own here is compared as it is written. Must never
decide how grave a change is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.comparing.model import Fact
from gateway.comparing.written import Written, spelled, words
from gateway.profile.model import (
    CacheRule,
    Composite,
    Concatenation,
    FirstAnswer,
    Hedge,
    Matching,
    OneStep,
    Pages,
    Profile,
    Retry,
    Step,
)
from gateway.units import spelt
from gateway.values import JsonValue, SourceSpan

Facts = Mapping[str, Fact]

_WORDS = {
    "source": "source",
    "endpoint": "endpoint method",
    "reads": "depends_on",
    "timeout": "timeout timeout_ms",
}
"""Which written keys a fact is made of, where they have other names."""
GIVEN = " from"
"""Ends the key that says which step gives a field. Of a field that is new or gone the
schema tells already."""
_OF_STEP = words(
    "name type source endpoint method role always fills provides when timeout"
    " timeout_ms retry hedge cache share batch paginate policy declassify depends_on"
    " on_late"
)
"""Written keys of a step that facts say better."""
_OF_FILE = words(
    "language operation kind entity profile extends remove match priority steps fields"
    " include deadline policy owner description"
)


def of_step(step: Step, written: Written | None) -> Facts:
    """A step's keys. Those without a value are left out."""
    known = {name: text for name, text in _step(step, written) if text is not None}
    found = {name: Fact(text, _at(name, step, written)) for name, text in known.items()}
    if written is not None:
        for key in written.keys:
            fact = written.fact(key) if key not in _OF_STEP else None
            if fact is not None:
                found[key] = fact
    return found


def of_operation(profile: Profile, written: Written | None) -> Facts:
    """An operation's keys, its computed fields among them."""
    place = written.span if written is not None else lambda _key=None: profile.span
    known = {
        name: Fact(text, place(name))
        for name, text in _operation(profile)
        if text is not None
    }
    known["deadline"] = Fact(
        spelt(profile.deadline), profile.deadline_span or profile.span
    )
    return {**known, **of_file(written)}


def of_file(written: Written | None) -> Facts:
    """The keys of a profile or an entity file that no fact says better."""
    if written is None:
        return {}
    found = {
        key: fact
        for key in written.keys
        if key not in _OF_FILE and (fact := written.fact(key)) is not None
    }
    fields = written.keys.get("fields")
    if isinstance(fields, Mapping):
        below = Written(written.document, (*written.trail, "fields"))
        for key in fields:
            one = below.fact(key)
            if one is not None:
                found[f"fields.{key}"] = one
    return found


def flags_of(step: Step) -> frozenset[str]:
    """The flags that a step reads: in its conditions, and in what it sends."""
    values: list[object] = [one.value for one in step.inputs.values()]
    values += [step.when.whole] if step.when else []
    values += [step.policy.condition] if step.policy else []
    return frozenset(
        read.path[0] if read.path else "*"
        for value in values
        for read in getattr(value, "references", ())
        if read.root == "flags"
    )


def edges_of(step: Step) -> frozenset[str]:
    """The steps that it waits for."""
    return frozenset({*step.reads.steps, *step.after})


def _at(name: str, step: Step, written: Written | None) -> SourceSpan:
    if written is None:
        return step.span
    words = _WORDS.get(name, name).split()
    return next((written.span(w) for w in words if w in written.keys), step.span)


def _step(step: Step, written: Written | None) -> Iterator[tuple[str, str | None]]:
    yield "type", step.type
    yield "source", step.source
    own = step.endpoint == f"{step.origin}.{step.name}"
    yield "endpoint", None if own else step.endpoint
    yield "role", step.role.value
    yield "always", "true" if step.always else None
    yield "gives", _gives(step)
    yield "when", step.when.whole.text if step.when else None
    yield "reads", _listed(edges_of(step))
    yield "flags", _listed(flags_of(step))
    yield "timeout", spelt(step.timeout) if step.source else None
    yield "retry", _retry(step.retry, written)
    yield "hedge", _hedge(step.hedge)
    yield "cache", _cache(step.cache, written)
    yield "share", step.share.value
    yield "batch", _batch(step, written)
    yield "paginate", _pages(step.pages, written)
    yield "policy", step.policy.condition.text if step.policy else None
    yield "declassify", "true" if step.declassify else None
    yield "on_late", "skip" if step.skips_late else None
    yield "names", step.names.value


def _gives(step: Step) -> str | None:
    if step.fills is None:
        return None
    return _listed(f"{step.fills}.{name}" for name in step.fields)


def _listed(names: object) -> str | None:
    return ", ".join(sorted(names)) or None  # type: ignore[call-overload]


def _below(written: Written | None, *keys: str) -> JsonValue:
    """What is written under a key of a key; null where nothing is."""
    found: object = written.keys if written is not None else None
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found  # type: ignore[return-value]


def _further(name: str, value: JsonValue) -> Iterator[str]:
    if value is not None:
        yield f"{name} {spelled(value)}"


def _retry(retry: Retry | None, written: Written | None) -> str | None:
    if retry is None:
        return None
    words = [f"{retry.attempts} attempts"]
    words += [f"on {_listed(retry.classes)}"] if retry.classes else []
    words += [f"if {retry.condition.text}"] if retry.condition else []
    words += _further("with", _below(written, "retry", "with"))
    return ", ".join(words)


def _hedge(hedge: Hedge | None) -> str | None:
    if hedge is None:
        return None
    slow = f"after p{hedge.percent:g}"
    return slow if hedge.after is None else f"after {spelt(hedge.after)}"


def _cache(rule: CacheRule | None, written: Written | None) -> str | None:
    if rule is None:
        return None
    words = [spelt(rule.ttl), f"for {_WHOM[rule.scope.value]}"]
    for name in ("refresh", "negative", "keep"):
        seconds = getattr(rule, name)
        words += [f"{name} {spelt(seconds)}"] if seconds else []
    words += _further("tags", _below(written, "cache", "tags"))
    return ", ".join(words)


_WHOM = {"public": "everybody", "tenant": "one tenant", "caller": "one caller"}


def _batch(step: Step, written: Written | None) -> str | None:
    batch = step.batch
    if batch is None:
        return None
    words = [f"{batch.most} a call", "rows" if batch.many else "a row each"]
    words += ["strict"] if batch.strict else []
    words += ["wait for all"] if batch.wait_all else []
    words += [f"window {spelt(batch.window)}"] if batch.window is not None else []
    words += [f"joined by {batch.join!r}"] if batch.join is not None else []
    words += _further("by", batch.by)
    words += _further("key", _below(written, "batch", "key"))
    return ", ".join(words)


def _pages(pages: Pages | None, written: Written | None) -> str | None:
    if pages is None:
        return None
    told = _below(written, "paginate")
    return spelled(told) if told is not None else f"{pages.rules.style} pages"


def _operation(profile: Profile) -> Iterator[tuple[str, str | None]]:
    yield "made of", _root(profile)
    if isinstance(profile.root, Composite):
        for name, one in profile.root.fields.items():
            yield f"{name}{GIVEN}", _giver(one)
    yield "policy", profile.policy.condition.text if profile.policy else None
    yield "owner", profile.owner
    yield "description", profile.description
    yield "match", _match(profile.match)
    yield "priority", str(profile.priority) if profile.priority else None


def _root(profile: Profile) -> str:
    match profile.root:
        case OneStep(step):
            return f"the step {step}"
        case FirstAnswer(steps):
            return f"the first answer of {', '.join(steps)}"
        case Concatenation(steps, by):
            unique = f", each {by} once" if by else ""
            return f"the rows of {', '.join(steps)}{unique}"
        case Composite():
            return "its fields"
        case _:
            return "objects by their keys"


def _giver(provision: object) -> str:
    step, key = getattr(provision, "step", None), getattr(provision, "key", None)
    if step is None:
        return "an expression"
    return f"{step}.{key}" if key else step


def _match(match: Matching | None) -> str | None:
    if match is None:
        return None
    words = [f"tenant {name}" for name in sorted(match.tenants)]
    words += [f"client {name}" for name in sorted(match.clients)]
    words += [
        f"flag {name} {'on' if on else 'off'}"
        for name, on in sorted(match.flags.items())
    ]
    words += [match.when.text] if match.when else []
    return ", ".join(words) or "everybody"
