"""A plan for people and tools: JSON, text and Mermaid. Never runs anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.expression import Template
from gateway.plan.edges import edges_of
from gateway.plan.model import Plan, PlannedRoot, PlannedStep
from gateway.profile.model import Batch, Stale
from gateway.values import JsonValue, StepId
from gateway.wanted import Selecting

StepFacts = Mapping[StepId, Mapping[str, JsonValue]]
"""What is known of steps that ran: ``status``, ``attempts``, ``elapsed_ms``, ..."""


def as_json(plan: Plan, facts: StepFacts | None = None) -> dict[str, JsonValue]:
    """The plan as ``extensions.plan`` has it.

    Without facts it is a dry run: steps are ``planned``, or ``conditional`` where a
    condition is decided only when they are ready.
    """
    run = _run(plan, facts)
    return {
        "steps": [
            _step(step, run, facts) | _reads(step, run) | _opened(step, root)
            for root in plan.roots
            for step in root.steps
            if step.id in run
        ],
        "left_out": {**dict(_left_out(plan, run)), **dict(_held(plan, run, facts))},
        "critical_path": [str(step) for step in plan.critical_path],
        "profiles": dict(_profiles(plan)),
        "digest": plan.digest,
    }


def _profiles(plan: Plan) -> Iterator[tuple[str, JsonValue]]:
    """Which profile serves each root field: an operation may have several."""
    for root in plan.roots:
        one = root.profile
        if one is not None:
            named = {"name": one.name, "file": one.span.file, "digest": one.digest}
            yield root.field.key, named


def _opened(step: PlannedStep, root: PlannedRoot) -> dict[str, JsonValue]:
    """Whether it gives what comes of something that is denied to the caller."""
    return {"declassified": True} if step.id in root.declassified else {}


def _reads(step: PlannedStep, run: frozenset[StepId]) -> dict[str, JsonValue]:
    """What of each step that it waits for it reads, as written."""
    edges = edges_of(step).items()
    reads = {str(id_): list(words) for id_, words in edges if id_ in run}
    return {"reads": reads} if reads else {}


def _run(plan: Plan, facts: StepFacts | None = None) -> frozenset[StepId]:
    """The steps that were not left out; nobody waits for the others.

    A step that only a failure needs counts once it was reached.
    """
    return frozenset(
        step.id
        for step in plan.steps
        if step.gate is None and (not step.dormant or _reached(step, facts))
    )


def _reached(step: PlannedStep, facts: StepFacts | None) -> bool:
    known = (facts or {}).get(step.id, {})
    return bool(known) and known.get("reason") != "answered"


def _after(step: PlannedStep, run: frozenset[StepId]) -> list[str]:
    return sorted(str(dependency) for dependency in step.depends_on & run)


def _step(
    step: PlannedStep, run: frozenset[StepId], facts: StepFacts | None
) -> dict[str, JsonValue]:
    entry: dict[str, JsonValue] = {
        "id": str(step.id),
        "step": step.id.step,
        "type": step.step.type,
        "source": step.step.source,
        "role": step.step.role.value,
        "depends_on": list(_after(step, run)),
        "timeout_ms": round(step.step.timeout * 1000),
        "defined_at": str(step.step.span),
    }
    if step.parents is not None:
        entry["parents"] = step.parents.type
    if step.step.batch is not None:
        entry["batch"] = _batch(step.step.batch)
    document = document_of(step)
    if document:
        entry["document"] = document
    if step.rungs:
        entry["fallback"] = [_rung(rung) for rung in step.rungs]
    if step.step.cost is not None:
        entry["cost"] = step.step.cost
    if step.step.held is not None:
        entry["held"] = step.step.held.shown()
    if facts is not None:
        return {**entry, **facts.get(step.id, {})}
    entry["status"] = "conditional" if _conditional(step) else "planned"
    if step.step.held is not None:
        entry["status"] = "held"
    if step.parents is not None:
        entry["keys"] = "unknown"
    return entry


def document_of(step: PlannedStep) -> str | None:
    """The text that a step asks for; None where it has none."""
    target = step.step.target
    return target.document if isinstance(target, Selecting) else None


def _batch(batch: Batch) -> dict[str, JsonValue]:
    """How many keys go in a call, and what is waited for before one is made."""
    told: dict[str, JsonValue] = {"max": batch.most}
    if batch.wait_all:
        told["wait"] = "all"
    if batch.window is not None:
        told["window_ms"] = round(batch.window * 1000, 3)
    return told


def _rung(rung: StepId | Template | Stale) -> str:
    match rung:
        case StepId():
            return str(rung)
        case Stale(age):
            return f"stale for {age:g} s"
        case _:
            return "value"


def _conditional(step: PlannedStep) -> bool:
    return bool(step.unless) or (step.step.when is not None and step.step.when.late)


def _left_out(plan: Plan, run: frozenset[StepId]) -> Iterator[tuple[str, str]]:
    for root in plan.roots:
        prefix = f"{root.field.key}." if len(plan.roots) > 1 else ""
        reached = {step.id.step for step in root.steps if step.id in run}
        for name, reason in root.left_out.items():
            if name not in reached:
                yield prefix + name, reason.value


def _held(
    plan: Plan, run: frozenset[StepId], facts: StepFacts | None
) -> Iterator[tuple[str, str]]:
    """Steps that operators hold back, but where something kept answers for them."""
    for root in plan.roots:
        prefix = f"{root.field.key}." if len(plan.roots) > 1 else ""
        for step in root.steps:
            held = step.step.held is not None and step.id in run
            if held and (facts or {}).get(step.id, {}).get("status") != "ok":
                yield prefix + step.id.step, "held"


def as_text(plan: Plan) -> str:
    """The plan as an indented list: each step, what it waits for, what was left."""
    lines, run = [], _run(plan)
    for root in plan.roots:
        lines.append(f"{root.field.key}: {_title(root)}")
        for step in root.steps:
            if step.id in run:
                document = document_of(step)
                opened = ", declassified" if step.id in root.declassified else ""
                lines.append(f"  {_line(step, run)}{opened}")
                lines += [f"      {document}"] if document else []
        lines += [
            f"  - {name} left out: {reason.value}"
            for name, reason in root.left_out.items()
        ]
    if plan.critical_path:
        path = " > ".join(str(step) for step in plan.critical_path)
        lines.append(f"critical path: {path}")
    return "\n".join(lines)


def _title(root: PlannedRoot) -> str:
    if root.profile is None:
        return "no valid profile"
    return f"{root.profile.operation}, deadline {root.deadline * 1000:g} ms"


def _line(step: PlannedStep, run: frozenset[StepId]) -> str:
    after = ", ".join(_after(step, run))
    where = f" [{step.step.source}]" if step.step.source else ""
    condition = " if its condition holds" if _conditional(step) else ""
    condition += ", held: not called" if step.step.held else ""
    if step.step.cost is not None:
        condition += f", costs {step.step.cost:g} a call"
    each = f" {_for_each(step)}" if step.parents else ""
    return f"+ {step.id}{where}{each}{condition}" + (f" after {after}" if after else "")


def _for_each(step: PlannedStep) -> str:
    """For whom an entity step runs, and how many of them share a call."""
    type_ = step.parents.type if step.parents else ""
    batch = step.step.batch
    return f"for each {type_}" + (f", {batch.most} a call" if batch else "")


def as_mermaid(plan: Plan, boxes: Iterable[str] = ()) -> str:
    """The plan as a Mermaid flowchart: rounded = optional, square = required.

    Steps that run for each object say for which: [[required]], ([optional]). ``boxes``
    are further lines, for steps that belong together.
    """
    names = {step.id: f"s{n}" for n, step in enumerate(plan.steps)}
    lines = ["flowchart LR"]
    for step in plan.steps:
        lines.append(f"  {names[step.id]}{_shape(step)}")
        if step.gate is not None or step.dormant:
            lines.append(f"  class {names[step.id]} leftOut")
        lines += [
            f"  {names[step.id]} -.->|on failure| {names[rung]}"
            for rung in step.rungs
            if isinstance(rung, StepId)
        ]
        lines += [
            f"  {names[dependency]} --> {names[step.id]}"
            for dependency in sorted(step.depends_on)
        ]
    critical = ",".join(names[step] for step in plan.critical_path)
    if critical:
        lines.append(f"  class {critical} critical")
    lines += [
        *boxes,
        "  classDef critical stroke-width:3px",
        "  classDef leftOut opacity:0.4",
    ]
    return "\n".join(lines)


def _shape(step: PlannedStep) -> str:
    label = f"{step.id}<br/>{step.step.source or step.step.type}"
    required = step.step.role.value == "required"
    if step.parents is None:
        return f'["{label}"]' if required else f'("{label}")'
    label = f"{label}<br/>{_for_each(step)}"
    return f'[["{label}"]]' if required else f'(["{label}"])'
