"""What the worst documents within the default limits take of the processor.

Each is the first one of its text. Printed are the processor's time that the event loop
spent for it, how long at most others waited, when it was answered, what reading it
alone takes of a thread, and what it is answered. Waits grow with what else the machine
does.

    python -m tests.benchmarks.worst_documents
"""

# ruff: noqa: UP031 - documents are full of braces

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from string import ascii_lowercase

from graphql import build_schema

from gateway.app import Gateway, build_gateway
from gateway.errors import RequestError
from gateway.policy.limits import DEFAULT_LIMITS
from gateway.request.document import read_document
from gateway.request.model import Asking, RequestContext
from gateway.telemetry.events import unobserved
from tests.project import write

_WIDE = 200
_SCHEMA = "\n".join(
    [
        "type Query { node(a: In, l: [In], x: Int): Node any: Any",
        "  item: Item list(l: [[[Int]]]): Int }",
        "interface Item { id: ID item: Item other: Item }",
        *(
            f"type Item_{n} implements Item {{ id: ID item: Item other: Item }}"
            for n in range(6)
        ),
        "union Any = Node | Other",
        "input In { a: In l: [In] x: Int y: Int }",
        "type Other { id: ID name: String next: Other }",
        "type Node { id: ID name: String next(x: Int): Node any: Any",
        *(f"  value_of_something_{n}(x: Int): String" for n in range(_WIDE)),
        "}",
        *(f"type Thing_{n} {{ id: ID }}" for n in range(_WIDE)),
        *(f"input Given_{n} {{ id: ID }}" for n in range(_WIDE)),
    ]
)
_STEP = "language: 1\noperation: %s\nsteps: [{ name: %s, type: value, value: %s }]\n"
FILES = {
    "headwater.yaml": "schema: ./schema\n",
    "schema/all.graphql": _SCHEMA,
    "profiles/node.yaml": _STEP % ("node", "node", "{ id: 1 }"),
    "profiles/any.yaml": _STEP % ("any", "any", "{ __typename: Other, id: 1 }"),
    "profiles/item.yaml": _STEP % ("item", "item", "{ __typename: Item_1, id: 1 }"),
    "profiles/list.yaml": _STEP % ("list", "list", "1"),
}


def _names() -> Iterator[str]:
    for a in ascii_lowercase:
        for b in ascii_lowercase:
            for c in ascii_lowercase:
                yield f"{a}{b}{c}"


def names(count: int) -> list[str]:
    return list(islice(_names(), count))


def documents() -> dict[str, str]:
    """Documents by what is bad about them."""
    many = names(9_000)
    found = {
        "unknown fields": "{ %s }" % " ".join(many),
        "unknown fields below": "{ node { %s } }" % " ".join(many),
        "unknown, like known ones": "{ node { %s } }"
        % " ".join(f"value_of_somethink_{n}" for n in range(9_000)),
        "unknown, long": "{ node { %s } }"
        % " ".join(f"value_of_somethink_{'x' * 60}{n}" for n in range(9_000)),
        "one field, again and again": "{ node { %s } }" % ("id " * 9_900),
        "one object, again and again": "{ %s }" % ("node{id}" * 2_450),
        "objects in objects": "{ %s }" % ("node{next{next{id}}}" * 1_200),
        "other arguments": "{ %s }"
        % " ".join(f"node(x:{n}){{id}}" for n in range(1_100)),
        "aliases": "{ %s }" % " ".join(f"{n}:node{{id}}" for n in names(1_600)),
        "comments": "# x\n" * 240_000 + "{ node { id } }",
        "a string": '{ node(x: "%s") { id } }' % ("x" * 900_000),
        "a block string": '{ node(x: """%s""") { id } }' % ("\n x" * 240_000),
        "a long name": "{ %s }" % ("x" * 900_000),
        "escapes": '{ node(x: "%s") { id } }' % ("\\u0041" * 150_000),
        "a number": "{ node(x: %s) { id } }" % ("9" * 900_000),
        "deep lists": "{ list(l: %s1%s) }" % ("[" * 4_900, "]" * 4_900),
        "deep objects": "{ node(a: %s) { id } }"
        % ("{a:" * 2_400 + "null" + "}" * 2_400),
        "deep fields": "{ %s id %s }" % ("node { next {" * 80, "}}" * 80),
        "ten thousand valid fields": "{ ...f0 } "
        + " ".join(
            f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(8)
        )
        + " fragment f8 on Query { node { %s } }"
        % " ".join(f"value_of_something_{n}" for n in range(35)),
        "a thousand valid fields, deep": "{ node { %s } }"
        % (
            " ".join(f"value_of_something_{n}" for n in range(190))
            + " next { "
            + " ".join(f"value_of_something_{n}" for n in range(190))
            + " next { "
            + " ".join(f"value_of_something_{n}" for n in range(190))
            + " next { "
            + " ".join(f"value_of_something_{n}" for n in range(190))
            + " } } }"
        ),
        "nested as parsing bears": "{ node %s { id } %s }"
        % ("{ next " * 140, "}" * 140),
        "list literals": "{ node(l: [%s]) { id } }" % ("{x:1}" * 1_900),
        "unknown input fields": "{ node(a: {%s}) { id } }"
        % " ".join(f"{n}:1" for n in names(3_000)),
        "wrong values": "{ node(l: [%s]) { id } }" % ("true " * 9_000),
        "duplicate input fields": "{ node(a: {%s}) { id } }" % ("x:1 " * 3_000),
        "directives": "{ node { id %s } }" % ("@skip(if:true) " * 1_600),
        "unknown directives": "{ node { id %s } }"
        % " ".join(f"@{n}" for n in names(4_900)),
        "variables": "query (%s) { node { id } }"
        % " ".join(f"${n}:Int" for n in names(2_400)),
        "variables of no type": "query (%s) { node { id } }"
        % " ".join(f"${n}:Thong_{i}" for i, n in enumerate(names(2_400))),
        "variables, used": "query (%s) { node { %s } }"
        % (
            " ".join(f"${n}:Int" for n in names(900)),
            " ".join(f"next(x:${n}){{id}}" for n in names(600)),
        ),
        "undefined variables": "{ node { %s } }"
        % " ".join(f"next(x:${n}){{id}}" for n in names(1_000)),
        "operations": " ".join(
            f"query {n} {{any{{__typename}}}}" for n in names(1_300)
        ),
        "operations of one name": "query a{node{id}}" * 1_200,
        "operations and fragments": " ".join(f"query {n}{{...f}}" for n in names(1_200))
        + "fragment f on Query{...g}fragment g on Query{node{id}}",
    }
    return {**found, **spreading(), **multiplying()}


def multiplying() -> dict[str, str]:
    """Short ones, without a fragment or with few: what they select multiplies."""
    nested = {
        f"short, of six types each, {depth} deep": "{ %s id %s }"
        % ("item { " * depth, "}" * depth)
        for depth in (4, 5, 6, 14)
    }
    return {
        **nested,
        "short, at many places": "{ item { %s } }"
        % " ".join(f"a{n}: item {{ item {{ item {{ id }} }} }}" for n in range(28)),
        "short, merged": "{ %s }" % ("item{item{item{id}}}" * 80),
        "short, merged below": "{ node { %s } }" % ("next{next{id}}" * 130),
        "short, of one kind each": "{ item { item { item { %s } } } }"
        % " ".join(f"...on Item_{n} {{ other {{ id }} }}" for n in range(4)),
    }


def spreading() -> dict[str, str]:
    """Those that are bad by their fragments."""
    some = names(600)
    return {
        "fragments in a row": "{ ...%s } " % some[0]
        + " ".join(
            f"fragment {a} on Query {{ node {{ id }} ...{b} }}"
            for a, b in pairwise(some)
        )
        + f" fragment {some[-1]} on Query {{ node {{ id }} }}",
        "fragments that double": "{ ...%s } " % some[0]
        + " ".join(
            f"fragment {a} on Query {{ ...{b} ...{b} }}" for a, b in pairwise(some)
        )
        + f" fragment {some[-1]} on Query {{ node {{ id }} }}",
        "every fragment in every other": "{ %s } "
        % " ".join(f"...{n}" for n in names(55))
        + " ".join(
            f"fragment {a} on Query {{ node {{ id }} "
            + " ".join(f"...{b}" for b in names(55)[i + 1 :])
            + " }"
            for i, a in enumerate(names(55))
        ),
        "a circle of fragments": "{ ...%s } " % some[0]
        + " ".join(
            f"fragment {a} on Query {{ ...{b} }}"
            for a, b in zip(some, [*some[1:], some[0]], strict=True)
        ),
        "circles everywhere": "{ %s } " % " ".join(f"...{n}" for n in names(60))
        + " ".join(
            f"fragment {a} on Query {{ " + " ".join(f"...{b}" for b in names(60)) + " }"
            for a in names(60)
        ),
        "fragments with one field": "{ %s } " % " ".join(f"...{n}" for n in names(800))
        + " ".join(f"fragment {n} on Query {{ node {{ id }} }}" for n in names(800)),
        "fragments of no type": "{ %s } " % " ".join(f"...{n}" for n in names(800))
        + " ".join(
            f"fragment {n} on Thong_{i} {{ id }}" for i, n in enumerate(names(800))
        ),
        "unused fragments": "{ node { id } } "
        + " ".join(f"fragment {n} on Query {{ node {{ id }} }}" for n in names(900)),
        "inline fragments": "{ %s }" % ("...{ node{id} }" * 1_200),
        "inline, in each other": "{ %s node{id} %s }" % ("...{" * 140, "}" * 140),
        "inline, of all kinds": "{ any { %s } }"
        % ("...on Node{id name} ...on Other{id name}" * 600),
        "fragments met at two places": "{ %s } "
        % " ".join(f"node {{ next {{ ...{n} }} }}" for n in names(300))
        + " ".join(
            f"fragment {n} on Node {{ next {{ next {{ id }} }} }}" for n in names(300)
        ),
    }


async def asked(gateway: Gateway, text: str) -> tuple[float, float, float, str]:
    """The loop's processor time, others' longest wait, time to the answer, code."""
    clock, longest, over = time.perf_counter, 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not over:
            began = clock()
            await asyncio.sleep(0.001)
            longest = max(longest, clock() - began)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    pipeline = gateway.pipeline
    request = RequestContext("bench", pipeline.clock.now(), pipeline.clock.wall())
    began, before = clock(), time.thread_time()
    answer = await pipeline.answer(gateway.current, Asking(text, None, {}), request)
    took, own, over = clock() - began, time.thread_time() - before, True
    await watching
    code = answer.errors[0].code.value if answer.errors else "answered"
    return own, longest, took, code


async def measured() -> list[tuple[float, float, float, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        gateway = build_gateway([write(Path(folder), FILES)], {}, observe=unobserved)
    await asked(gateway, "{ node { id } }")
    rows = []
    for name, text in documents().items():
        own, longest, took, said = await asked(gateway, text)
        rows.append((own, longest, took, name, said))
    return rows


def main() -> None:
    known = build_schema(_SCHEMA)
    rows = sorted(asyncio.run(measured()), reverse=True)
    print("   the loop   others wait  answer after     reading   document")
    for own, waited, took, name, said in rows:
        began = time.thread_time()
        with suppress(RequestError):
            read_document(documents()[name], known, DEFAULT_LIMITS, name)
        spent = time.thread_time() - began
        times = (f"{one * 1e3:8.1f} ms" for one in (own, waited, took, spent))
        print("  ".join(times), f"  {name:30} {said}")


if __name__ == "__main__":
    main()
