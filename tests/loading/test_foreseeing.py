"""Documents that are known beforehand, judged at `headwater check` as requests are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.cli.project import open_nothing
from gateway.loading.loader import Loader
from tests.limiting.test_cost import FILES, WHERE
from tests.project import write

ACCOUNTS = "query Accounts { person(id: 1) { accounts(first: 9) { owner { id } } } }"
SIZED = """query Sized($n: Int = 7, $who: Boolean!) {
  person(id: 1) { accounts(first: $n) { owner @include(if: $who) { id } } }
}"""
PLAIN = "query Plain { person(id: 1) { name } }"
SAVED = WHERE + "operations: ./operations\n"
LISTED = WHERE + "persisted: { manifests: ./clients.json, safelist: %s }\n"
MANY = "limits: { calls: 5 }\n"


def _told(
    folder: Path, deployment: str, files: Mapping[str, str], about: str
) -> list[tuple[str, str]]:
    """Severity and message of each problem of a file, as check tells them."""
    config = write(folder, {**FILES, **files, "headwater.yaml": deployment})
    found = Loader([config], {}, open_nothing).check()
    return [
        (one.severity.value, one.message) for one in found if about in one.span.file
    ]


def _manifest(**documents: str) -> Mapping[str, str]:
    return {"clients.json": json.dumps(documents)}


def test_a_saved_operation_that_every_request_would_be_refused_for_is_an_error(
    tmp_path: Path,
) -> None:
    """By its cost and by its calls, in the words that a request would hear."""
    files = {"operations/accounts.graphql": ACCOUNTS, "operations/plain.graphql": PLAIN}
    cost = "limits: { calls: 5, cost: 50 }\n"
    assert _told(tmp_path, SAVED + cost, files, "operations/") == [
        (
            "error",
            (
                "the operation 'Accounts' costs 119, 99 of it for 'person.accounts',"
                " and 'limits.cost' allows 50"
            ),
        ),
        (
            "error",
            (
                "the operation 'Accounts' makes 10 upstream calls,"
                " and 'limits.calls' allows 5"
            ),
        ),
    ]


def test_a_limit_that_only_warns_does_so_at_check_too(tmp_path: Path) -> None:
    """It would be answered, so that nothing is wrong yet."""
    files = {"operations/accounts.graphql": ACCOUNTS}
    warned = SAVED + "limits: { calls: 5, warn: calls }\n"
    [(severity, _)] = _told(tmp_path, warned, files, "operations/")
    assert severity == "warning"


def test_what_variables_make_too_large_is_a_warning(tmp_path: Path) -> None:
    """Their defaults count, and the switch that asks for most: others may ask less."""
    files = {"operations/sized.graphql": SIZED}
    assert _told(tmp_path, SAVED + MANY, files, "operations/") == [
        (
            "warning",
            (
                "the operation 'Sized' at its largest makes 8 upstream calls,"
                " and 'limits.calls' allows 5"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("mode", "severity"), [("log", "warning"), ("enforce", "error")]
)
def test_a_listed_document_is_judged_by_what_the_list_is_for(
    tmp_path: Path, mode: str, severity: str
) -> None:
    """Where nothing else is answered it is an error, else the request says so."""
    files = _manifest(web_accounts=ACCOUNTS, web_plain=PLAIN)
    assert _told(tmp_path, LISTED % mode + MANY, files, "clients.json") == [
        (
            severity,
            (
                "the document 'web_accounts' makes 10 upstream calls,"
                " and 'limits.calls' allows 5"
            ),
        )
    ]


PAYROLL = """
language: 1
operation: payroll
match: { tenant: [acme] }
args: { id: ID! }
returns: Payroll
steps:
"""
SDL = "type Payroll { a: Int b: Int c: Int }"


def test_a_listed_document_that_somebody_cannot_run_is_told_with_whom_and_why(
    tmp_path: Path,
) -> None:
    """What one tenant's profile alone gives is none to the others; his calls count."""
    steps = "\n".join(
        f'  - {{ name: {name}, endpoint: "/{name}/{{id}}" }}' for name in "abc"
    )
    files = {
        **_manifest(web_pay="{ payroll(id: 1) { a b c } }"),
        "schema/more.graphql": SDL,
        "profiles/acme.yaml": PAYROLL + steps,
    }
    calls = "limits: { calls: 2 }\n"
    assert _told(tmp_path, LISTED % "enforce" + calls, files, "clients.json") == [
        ("warning", _UNSEEN),
        ("error", _BEYOND),
    ]


_UNSEEN = (
    "the document 'web_pay' is refused for those for whom no 'match' holds:"
    " they do not see 'Query.payroll'"
)
_BEYOND = "the document 'web_pay' makes 3 upstream calls, and 'limits.calls' allows 2"
