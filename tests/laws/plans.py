"""Random plans of calls: side by side, and for the objects in their answers."""

from __future__ import annotations

from random import Random

from gateway.connectors.base import InputUse
from gateway.expression import template
from gateway.plan.model import Plan
from gateway.plan.planner import make_plan
from gateway.profile.model import (
    Batch,
    Entity,
    Input,
    Reads,
    Retry,
    Role,
    Sharing,
    Step,
)
from gateway.record import replace
from gateway.request.model import SelectedField
from tests.kit import (
    ROOT,
    asked,
    audience,
    entity,
    profile,
    segment,
    selection,
    shapes,
    step,
)

SOURCES = ("s1", "s2", "s3")
_TYPES = {"list": "[Row]", "object": "Row", "nest": "[[Row]]", "leaf": "JSON"}
_BELOW = {"list": "[Kid]", "object": "Kid", "leaf": "JSON", "batch": "JSON"}


def random_plan(rng: Random) -> Plan:
    """A composite of one to four steps, whose rows have steps of their own.

    ``odd`` plans have steps that no runway takes, and the same step at two places.
    """
    odd = rng.random() < 0.25
    kinds = [rng.choice(list(_TYPES)) for _ in range(rng.randint(1, 4))]
    steps = [_root_step(rng, f"f{n}", kind, odd) for n, kind in enumerate(kinds)]
    of_rows = [_for_each(rng, "Row", f"r{n}", odd) for n in range(rng.randint(1, 3))]
    of_kids = [_for_each(rng, "Kid", f"k{n}", odd) for n in range(rng.randint(0, 2))]
    below = {one.name: _BELOW[str(one.target).split("/")[1]] for one in of_rows}
    known = shapes(
        Customer={f"f{n}": _TYPES[kind] for n, kind in enumerate(kinds)},
        Row={"id": "ID", **below},
        Kid={"id": "ID", **{one.name: "JSON" for one in of_kids}},
    )

    def row() -> tuple[SelectedField, ...]:
        kid = asked("id"), *(asked(one.name) for one in of_kids if rng.random() < 0.7)
        fields = [
            asked(name, type_, *(() if type_ == "JSON" else kid))
            for name, type_ in below.items()
            if rng.random() < 0.7
        ]
        return asked("id"), *fields

    fields = [
        asked(f"f{n}", _TYPES[kind], *(() if kind == "leaf" else row()))
        for n, kind in enumerate(kinds)
    ]
    if odd and rng.random() < 0.3:
        fields.append(replace(rng.choice(fields), key="again"))
    roots = [asked(ROOT, "Customer", *fields)]
    if odd and rng.random() < 0.3:
        roots.append(replace(roots[0], key="other"))
    entities: dict[str, Entity] = {"Row": entity("Row", *of_rows)}
    if of_kids:
        entities["Kid"] = entity("Kid", *of_kids)
    of = profile(*steps, entities=entities)
    made = make_plan(selection(*roots), audience(of), known, {})
    timed = (
        replace(one, deadline=rng.choice([30.0, 30.0, 10.0, 5.0, 3.0, 2.0]))
        for one in made.roots
    )
    return replace(made, roots=tuple(timed))


def _usual(rng: Random) -> dict[str, object]:
    """Keys that any step may have. No two calls end at one moment."""
    keys: dict[str, object] = {
        "source": rng.choice(SOURCES),
        "share": rng.choice([Sharing.ALL, Sharing.ALL, Sharing.REQUEST, Sharing.NONE]),
        "role": rng.choice([Role.OPTIONAL, Role.OPTIONAL, Role.REQUIRED]),
        "timeout": round(rng.uniform(1.2, 6), 3),
    }
    if rng.random() < 0.5:
        on = rng.choice([{"5xx"}, {"5xx", "timeout"}, {"404"}])
        keys["retry"] = Retry(rng.choice([2, 3]), frozenset(on))
    if rng.random() < 0.2:
        keys["fallback"] = (template("fallback"),)
    return keys


def _root_step(rng: Random, name: str, kind: str, odd: bool) -> Step:
    keys = _usual(rng)
    if rng.random() < 0.15:
        keys["select"] = "response.body"
    if rng.random() < 0.1:
        keys["success_if"] = "response.body != 1"
    if rng.random() < 0.25:
        keys["inputs"] = {"endpoint:a": segment("arg")}
    if odd and rng.random() < 0.2:
        keys["when"] = rng.choice(["true", "false"])
    return step(name, target=f"/{kind}/{name}/", endpoint=kind, **keys)


def _for_each(rng: Random, type_: str, name: str, odd: bool) -> Step:
    """A step that asks for each object of a type, or for all together."""
    key = rng.choice(["id", "k"])
    keys = {**_usual(rng), "fills": type_, "fields": {name: None}, "endpoint": name}
    keys["reads"] = Reads(own=frozenset({key}))
    if rng.random() < 0.35:
        kind = rng.choice(["leaf", "object", "list"]) if type_ == "Row" else "leaf"
        keys["inputs"] = {"endpoint:a": segment(f"self.{key}")}
        return step(name, target=f"/{kind}/{name}/", **keys)
    keys["batch"] = Batch(
        template(f"${{self.{key}}}"),
        "id",
        rng.choice([1, 2, 100, 100, 100]),
        many=rng.random() < 0.3,
        strict=rng.random() < 0.3,
        join=None if odd and rng.random() < 0.3 else ",",
        wait_all=odd and rng.random() < 0.2,
        window=0.05 if odd and rng.random() < 0.2 else None,
    )
    slot, use = rng.choice(
        [("query.ids", InputUse.VALUE), ("endpoint:ids", InputUse.SEGMENT)]
    )
    keys["inputs"] = {slot: Input(template("${keys}"), use)}
    return step(name, target=f"/batch/{name}/", **keys)
