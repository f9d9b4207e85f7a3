"""Results to bytes in both ways, what compiling costs, and a body's way to bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from graphql import build_schema

from gateway.execution.model import Ok, ResultStore, Timing
from gateway.execution.reading import Reader
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.request.document import read_document
from gateway.request.model import Asking, Selection
from gateway.request.selection import select
from gateway.response.answering import build_answer, projected
from gateway.response.projection import compile_projection
from gateway.response.reference import ErrorView, Finished
from gateway.schema.encoding import to_json
from gateway.schema.shapes import shapes_of
from gateway.typed import Form, TypedRows
from gateway.values import StepId
from tests.kit import audience, profile, step

KINDS = {"String": "text", "Int": 7, "Float": 1.5, "ID!": "42", "Boolean!": True}
SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Size:
    """A list of so many objects, each of so many selected fields."""

    name: str
    fields: int
    rows: int


SIZES = (
    Size("small", 5, 1),
    Size("medium", 20, 20),
    Size("large", 300, 20),
    Size("long list", 5, 500),
)


def main() -> None:
    """Print CPU microseconds: compiling, and an answer's bytes in both ways."""
    print(
        f"{'':<12}{'fields':>8}{'rows':>6}{'compile':>12}{'compiled':>12}{'reference':>12}"
    )
    for size in SIZES:
        finished, selection = request(size)
        projection = compile_projection(finished.schema, selection, finished.plan)

        def answer(way: object = projection, done: Finished = finished) -> bytes:
            data = projected(way, done.reader)  # type: ignore[arg-type]
            made, _ = build_answer(done, ErrorView(), data, print)
            return to_json(made.as_json())

        assert answer() == answer(None)
        compiling = cost(
            lambda: compile_projection(finished.schema, selection, finished.plan)  # noqa: B023
        )
        fast, slow = cost(answer), cost(lambda: answer(None))
        sizes = f"{size.name:<12}{size.fields:>8}{size.rows:>6}"
        print(f"{sizes}{compiling:>9,.0f} us{fast:>9,.1f} us{slow:>9,.0f} us")
    bodies()


def bodies() -> None:
    """Print CPU microseconds from a reply's body to an answer's bytes."""
    print(f"{'from the body on':<20}{'as values':>12}{'as rows':>12}{'of twice':>12}")
    for size in SIZES:
        finished, selection = request(size)
        projection = compile_projection(finished.schema, selection, finished.plan)
        assert projection is not None
        ((step, form),) = projection.forms.items() or ((None, None),)
        if step is None or form is None:
            continue  # too many fields
        rows: list[dict[str, object]] = finished.reader.store[step].value  # type: ignore[union-attr, assignment]
        more = [{**row, **{f"more_{key}": row[key] for key in row}} for row in rows]
        body, twice = orjson.dumps(rows), orjson.dumps(more)

        def answer(came: object, done: Finished = finished, to: StepId = step) -> bytes:
            done.reader.store.results[to] = Ok(came)
            data = projected(projection, done.reader)  # noqa: B023
            made, _ = build_answer(done, ErrorView(), data, print)
            return to_json(made.as_sent())

        def typed(body: bytes, of: Form = form) -> TypedRows:
            read = of.read(body)
            assert read is not None
            return TypedRows(of, read, lambda: None)

        assert answer(typed(body)) == answer(rows)
        plain = cost(lambda: answer(orjson.loads(body)))  # noqa: B023
        fast = cost(lambda: answer(typed(body)))  # noqa: B023
        part = cost(lambda: answer(typed(twice)))  # noqa: B023
        named = f"{size.name:<20}"
        print(f"{named}{plain:>9,.1f} us{fast:>9,.1f} us{part:>9,.1f} us")


def request(size: Size) -> tuple[Finished, Selection]:
    """A request whose only step has answered with rows of the size."""
    kinds = list(KINDS)
    types = {f"f{n}": kinds[n % len(kinds)] for n in range(size.fields)}
    listed = " ".join(f"{name}: {type_}" for name, type_ in types.items())
    schema = build_schema(
        f"type Query {{ customer: Customer }} type Customer {{ rows: [Row!]! }}"
        f" type Row {{ {listed} }}"
    )
    text = f"{{ customer {{ rows {{ {' '.join(types)} }} }} }}"
    document = read_document(text, schema, Limits(), text)
    selection = select(schema, document, document.operations[None], {})
    shapes = shapes_of(schema, "benchmark")
    plan = make_plan(selection, audience(profile(step("rows"))), shapes, {})
    row = {name: KINDS[type_] for name, type_ in types.items()}
    store = ResultStore()
    rows = [dict(row) for _ in range(size.rows)]
    store.settle(plan.steps[0].id, Ok(rows), Timing(0.0, 1.0, 1))
    reader = Reader(store, {}, {})
    return Finished(schema, document, Asking(text), plan, reader), selection


def cost(work: Callable[[], object]) -> float:
    """CPU microseconds of one call, over half a second of them."""
    work()
    times, started = 0, time.process_time()
    while (spent := time.process_time() - started) < SECONDS:
        for _ in range(10):
            work()
        times += 10
    return spent / times * 1e6


if __name__ == "__main__":
    main()
