"""A `retry.with` that makes no call is told at its own place; what it reads counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

KEYS = (
    "the keys here are source, method, endpoint, query, headers, body, form, idempotent"
    ", reads, lists"
)
TWICE = (
    "making the call of 'retry.with' twice may not be the same as making it once "
    "— write 'idempotent: true' in it where it is the same"
)
SOURCES = (
    "sources:\n"
    "  default: { url: 'http://up.invalid' }\n"
    "  snaky: { url: 'http://up.invalid', names: snake }\n"
    "  house: { type: duckdb }\n"
)


def problems(folder: Path, step: str, defaults: str = "{}") -> list[str]:
    """What is wrong with a profile of two steps, by place; the second is in line 6."""
    for name in ("profiles", "schema"):
        (folder / name).mkdir()
    (folder / "headwater.yaml").write_text(SOURCES)
    (folder / "profiles/a.yaml").write_text(
        "language: 1\noperation: a\nargs: { id: ID! }\nsteps:\n"
        "  - { name: other, endpoint: /other }\n"
        f"  - {{ name: one, {step} }}\ndefaults: {defaults}\n"
    )
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    return [str(problem).partition(":")[2] for problem in loader.check()]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("endpoint: /x, retry: { with: { endpoint: /y } }", []),
        ("endpoint: /x, retry: { with: { query: { size: 10 } } }", []),
        ('endpoint: /x, retry: { with: { body: { a: "${ other.b }" } } }', []),
        ("endpoint: /x, retry: { with: {} }", []),
        (
            "endpoint: /x, retry: { with: { endpoin: /y } }",
            ["6:49: there is no key 'endpoin' here — did you mean 'endpoint'?"],
        ),
        (
            "endpoint: /x, retry: { with: { params: { a: 1 } } }",
            ["6:49: there is no key 'params' here — remove it"],
        ),
        (
            "endpoint: /x, retry: { with: { endpoint: 5 } }",
            [
                (
                    "6:59: 'endpoint': text is wanted, and this is the number 5 "
                    '— write "5"'
                )
            ],
        ),
        (
            "endpoint: /x, retry: { with: { role: required, on_status: { 404: 1 } } }",
            [
                (
                    "6:49: 'role' is no part of the call, so further attempts keep the "
                    f"step's — {KEYS}"
                ),
                (
                    "6:65: 'on_status' is no part of the call, so further attempts "
                    f"keep the step's — {KEYS}"
                ),
            ],
        ),
        (
            "endpoint: /x, retry: { with: { source: nowhere } }",
            [
                (
                    "6:57: there is no source 'nowhere' — declare it under 'sources' "
                    "in headwater.yaml: nowhere"
                )
            ],
        ),
        (
            "endpoint: /x, retry: { with: { source: house } }",
            [
                (
                    "6:57: source 'house' is of type duckdb, a step of type 'api' "
                    "needs rest — name another source"
                )
            ],
        ),
        (
            "endpoint: /x, retry: { with: { source: snaky } }",
            [
                (
                    "6:57: sources 'default' and 'snaky' spell names differently — "
                    "give them the same 'names'"
                )
            ],
        ),
        (
            "endpoint: /x, retry: { with: { method: POST } }",
            [f"6:41: {TWICE}"],
        ),
        ("endpoint: /x, retry: { with: { method: POST, idempotent: true } }", []),
        (
            "endpoint: /x, retry: { with: { endpoint: '/y/{nobody}' } }",
            ["6:63: 'nobody' is neither an argument nor a step here"],
        ),
        (
            'endpoint: /x, query: {}, retry: { with: { query: { b: "${ c }" } } }',
            ["6:72: 'c' is neither an argument nor a step here"],
        ),
        (
            "endpoint: /x, retry: { with: { headers: { cookie: abcdefgh } } }",
            [
                (
                    "6:68: header 'cookie' holds a secret — move it to the source's "
                    "'headers' in headwater.yaml, as ${NAME} or ${file:...}"
                )
            ],
        ),
        (
            "endpoint: '/x/{nobody}', retry: { with: { query: { a: 1 } } }",
            ["6:32: 'nobody' is neither an argument nor a step here"],
        ),
        (
            (
                "type: sql, source: house, query: SELECT 1, "
                "retry: { with: { query: SELECT 2, method: GET } }"
            ),
            ["6:95: there is no key 'method' here — remove it"],
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(
    tmp_path: Path, step: str, told: list[str]
) -> None:
    """Once, and with the keys that would do."""
    assert problems(tmp_path, step) == told


def test_defaults_change_no_call(tmp_path: Path) -> None:
    """They are for many steps, whose calls differ."""
    told = problems(
        tmp_path, "endpoint: /x", "{ retry: { with: { query: { a: 1 } } } }"
    )
    assert told == [
        (
            "7:22: 'with' changes the call of one step, and 'defaults' are for many "
            "— write it in the steps that it is for"
        )
    ]
