"""What a plan's steps are: their YAML with its place, what they read, their rules.

In charge of telling what was compiled in the words of the language. Must never show a
value of a request, nor anything of a source but its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import dedent
from typing import TYPE_CHECKING, Final

from gateway.expression import Expression
from gateway.plan.edges import edges_of
from gateway.profile.model import CacheRule, Hedge, Input, Retry, Stale, Step
from gateway.values import JsonValue, SourceSpan

if TYPE_CHECKING:
    from gateway.plan.model import Plan

_MOST_LINES: Final = 200
Texts = Mapping[str, str]
"""The files of profiles by name."""


def details_of(plan: Plan, texts: Texts | None) -> dict[str, JsonValue]:
    """Every step of a plan by its id, and those that it leaves out by their names.

    Names are those of `left_out`: a step that a condition left out has both.

    Without ``texts`` for one who may not look at files: these name fields, and rules,
    that a policy may hide from him. He sees what answers alone say.
    """
    found: dict[str, JsonValue] = {}
    for root in plan.roots:
        prefix = f"{root.field.key}." if len(plan.roots) > 1 else ""
        for planned in root.steps:
            own = planned.step
            if texts is None:
                found[str(planned.id)] = _outside(own)
                continue
            reads = {str(id_): [*words] for id_, words in edges_of(planned).items()}
            found[str(planned.id)] = {**_step(own, texts), "reads": reads}
        steps = root.profile.steps if root.profile is not None else {}
        for name in root.left_out:
            if name in steps and texts is not None:
                found.setdefault(prefix + name, _step(steps[name], texts))
    return found


def _outside(step: Step) -> dict[str, JsonValue]:
    """What of a step is no text of a file."""
    return {
        "step": f"{step.origin}.{step.name}",
        "type": step.type,
        "source": step.source,
        "role": step.role.value,
        "file": None,
        "line": None,
        "yaml": None,
        "inputs": {},
        "policy": {"timeout": f"{step.timeout * 1000:g}ms"},
        "cache": None,
        "owner": None if step.owner is None else step.owner.as_json(),
        "reads": {},
    }


def _step(step: Step, texts: Texts) -> dict[str, JsonValue]:
    return {
        **_outside(step),
        "file": step.span.file,
        "line": step.span.line,
        "yaml": yaml_at(step.span, texts),
        "inputs": dict(_inputs(step)),
        "policy": dict(_policy(step)),
        "cache": None if step.cache is None else _cache(step.cache),
    }


def yaml_at(span: SourceSpan, texts: Texts) -> str | None:
    """The lines of a file that say what stands at a place; None: it is not known."""
    text = texts.get(span.file)
    if text is None:
        return None
    lines = text.splitlines()[span.line - 1 :][:_MOST_LINES]
    if not lines:
        return None
    indent = span.column - 1
    first = " " * indent + lines[0][indent:]
    kept = [first]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        kept.append(line)
    return dedent("\n".join(kept)).rstrip()


def _inputs(step: Step) -> Iterator[tuple[str, JsonValue]]:
    for name, one in step.inputs.items():
        yield str(name), _read_by(one)


def _read_by(one: Input) -> JsonValue:
    """What fills a slot: an expression as written, else the paths that it reads."""
    if isinstance(one.value, Expression):
        return one.value.text
    paths = (".".join((found.root, *found.path)) for found in one.value.references)
    return ", ".join(dict.fromkeys(paths)) or "as written"


def _policy(step: Step) -> Iterator[tuple[str, JsonValue]]:
    """The rules of a step that are in force; those that are not are left out."""
    yield "timeout", f"{step.timeout * 1000:g}ms"
    if step.when is not None:
        yield "when", step.when.whole.text
    if step.retry is not None:
        yield "retry", _retry(step.retry)
    if step.hedge is not None:
        yield "hedge", _hedge(step.hedge)
    if step.fallback:
        yield "fallback", [_rung(rung) for rung in step.fallback]
    yield "share", step.share.value
    if step.policy is not None:
        yield "policy", step.policy.condition.text
    if step.batch is not None:
        yield "batch", f"{step.batch.most} keys a call"
    if step.after:
        yield "depends_on", sorted(step.after)
    if step.always:
        yield "always", True
    if step.held is not None:
        yield "held", step.held.shown()


def _retry(retry: Retry) -> str:
    words = f"{retry.attempts} attempts, on {', '.join(sorted(retry.classes))}"
    return words if retry.condition is None else f"{words}, if {retry.condition.text}"


def _hedge(hedge: Hedge) -> str:
    if hedge.after is None:
        return f"after p{hedge.percent:g}"
    return f"after {hedge.after * 1000:g}ms"


def _rung(rung: object) -> str:
    if isinstance(rung, str):
        return rung
    return f"stale: {rung.age:g}s" if isinstance(rung, Stale) else "value"


def _cache(rule: CacheRule) -> dict[str, JsonValue]:
    times = {
        "ttl": rule.ttl,
        "refresh": rule.refresh,
        "negative": rule.negative,
        "keep": rule.keep or None,
    }
    told: dict[str, JsonValue] = {
        name: f"{seconds:g}s" for name, seconds in times.items() if seconds is not None
    }
    return {**told, "scope": rule.scope.value, "tags": len(rule.tags)}
