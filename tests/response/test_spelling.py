"""Leaves in a source's own spelling: the same answer in both ways, whatever came."""

from __future__ import annotations

from graphql import build_schema
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversion import format_of, words_of
from gateway.execution.model import Ok, ResultStore, Timing
from gateway.execution.reading import Reader
from gateway.plan.planner import make_plan
from gateway.policy.limits import Limits
from gateway.profile.model import Profile
from gateway.request.document import read_document
from gateway.request.model import Asking
from gateway.request.selection import select
from gateway.response.answering import Way
from gateway.response.model import Answer
from gateway.response.reference import Finished
from gateway.schema.scalars import equip
from gateway.schema.shapes import shapes_of
from tests.kit import audience, profile, step
from tests.response.ways import both_ways

SCHEMA = build_schema(
    """
    scalar Date
    enum Status { OPEN CLOSED }
    type Query { customer: Customer }
    type Customer { account: Account, plain: Account }
    type Account { status: Status, path: [[Status!]], on: Date }
    """
)
equip(SCHEMA)
SPELLED = {
    "Status": words_of({"O": "OPEN", "1": "CLOSED"}, ("OPEN", "CLOSED")),
    "Date": format_of("Date", "yyyyMMdd"),
}
STEPS = (step("account", conversions=SPELLED), step("plain"))
ASKED = "{ status path on }"


def answered(text: str, of: Profile, **bodies: object) -> tuple[Answer, Way]:
    """The answer to a query whose steps answered with these bodies."""
    document = read_document(text, SCHEMA, Limits(planning=30.0), text)
    selection = select(SCHEMA, document, document.operations[None], {})
    plan = make_plan(selection, audience(of), shapes_of(SCHEMA, "x"), {})
    store = ResultStore()
    for one in plan.steps:
        store.settle(one.id, Ok(bodies[one.id.step]), Timing(0.0, 1.0, 1))
    finished = Finished(SCHEMA, document, Asking(text), plan, Reader(store, {}, {}))
    return both_ways(finished, selection)


def test_each_source_has_its_own_words() -> None:
    """Leaves in lists of lists are the schema's; another source's are as they are."""
    came, way = answered(
        f"{{ customer {{ account {ASKED} plain {ASKED} }} }}",
        profile(*STEPS),
        account={"status": "O", "path": [["O", 1], None], "on": 20261107},
        plain={"status": "OPEN", "path": None, "on": "2026-11-07"},
    )
    ours = {"status": "OPEN", "path": [["OPEN", "CLOSED"], None], "on": "2026-11-07"}
    plain = {"status": "OPEN", "path": None, "on": "2026-11-07"}
    assert came == Answer({"customer": {"account": ours, "plain": plain}})
    assert way is Way.COMPILED


WORD: st.SearchStrategy[object] = st.sampled_from(
    ["O", 1, "OPEN", "x", None, True, 20261107, "20261107", {}]
)


@given(WORD, st.none() | st.lists(WORD | st.lists(WORD)), WORD)
def test_whatever_comes_both_ways_agree(
    status: object, path: object, on: object
) -> None:
    """Misfits are the same errors at the same places."""
    body = {"status": status, "path": path, "on": on}
    answered(f"{{ customer {{ account {ASKED} }} }}", profile(*STEPS), account=body)
