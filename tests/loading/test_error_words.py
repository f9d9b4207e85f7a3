"""An `error` that cannot be said is a problem with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.loading.loader import Loader

PROFILE = """\
language: 1
operation: a
args: {{ id: ID! }}
steps:
  - name: other
    endpoint: /other/{{id}}
  - name: one
    endpoint: /one/{{id}}
    error: {error}
"""


def problems(folder: Path, error: str, setting: str = "") -> list[str]:
    """What is wrong where a step's `error` is written so."""
    (folder / "profiles").mkdir()
    (folder / "schema").mkdir()
    (folder / "headwater.yaml").write_text(
        f"sources: {{ default: {{ url: 'http://up.invalid' }} }}\n{setting}"
    )
    (folder / "profiles/a.yaml").write_text(PROFILE.format(error=error))
    loader = Loader([folder / "headwater.yaml"], {}, lambda _: ({}, lambda: None))
    return [str(one).rpartition("/")[2] for one in loader.check()]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            "{ code: card-blocked }",
            (
                "a.yaml:9:20: 'card-blocked' is no code: capitals, digits and single _ "
                "make one — write CARD_BLOCKED"
            ),
        ),
        (
            '{ message: "${ other.name }" }',
            (
                "a.yaml:9:23: 'other' cannot be read in 'error' — it reads the "
                "arguments, request, flags and response.status"
            ),
        ),
        (
            '{ extensions: { x: "${ requets.tenant }" } }',
            (
                "a.yaml:9:26: 'requets' cannot be read in 'error' — did you mean "
                "'request'?"
            ),
        ),
        (
            "{ extensions: { code: X } }",
            (
                "a.yaml:9:28: 'code' is not one of the further extensions — write it "
                "beside them, as error.code"
            ),
        ),
        (
            '{ message: "${ 1 + }" }',
            "a.yaml:9:30: the expression ends too early",
        ),
    ],
)
def test_an_error_that_cannot_be_said_is_a_problem(
    tmp_path: Path, error: str, told: str
) -> None:
    """Each with what is wrong and the fix."""
    assert problems(tmp_path, error) == [told]


def test_an_error_that_can_be_said_is_none(tmp_path: Path) -> None:
    """Constants, arguments, the request and the status."""
    right = '{ message: "${ id } ${ response.status }", code: A_1 }'
    assert problems(tmp_path, right) == []


def test_a_wrong_completeness_is_a_problem_of_the_deployment(tmp_path: Path) -> None:
    """It is off, on or partial."""
    (told,) = problems(tmp_path, "{ code: A }", "completeness: sometimes\n")
    assert told.startswith("headwater.yaml:2:15: ")
