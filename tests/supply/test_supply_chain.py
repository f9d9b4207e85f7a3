"""What the gateway is made of is known: hashed, licensed, listed, asked after."""

from __future__ import annotations

import json
import os
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.supply import audit
from tests.supply.licences import is_allowed, licence_of
from tests.supply.locked import ROOT, RUNTIME, TESTS, TRACES, locked, shipped
from tests.supply.sbom import ROOT_REF, IncompleteError, bill, kept


def installed() -> dict[str, Distribution]:
    """Everything that is shipped and is here: in CI, all of it."""
    found = {}
    for name in shipped():
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            if os.environ.get("REQUIRE_SERVICES"):
                raise
    return found


LOCKS = {"runtime": RUNTIME, "tests": TESTS, "traces": TRACES}


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS)
def test_every_locked_package_is_one_version_with_hashes(lock: Path) -> None:
    """And comes by its name alone: no address, no index, nothing editable."""
    found = locked(lock)
    assert len(found) > 10
    for name, (requirement, hashes) in found.items():
        assert requirement.url is None, name
        assert [one.operator for one in requirement.specifier] == ["=="], name
        assert hashes, name
        assert all(one.startswith("sha256:") and len(one) == 71 for one in hashes), name


def test_what_the_image_has_besides_is_what_was_tested() -> None:
    """Versions and hashes are those of the tests' lock, and of the runtime's."""
    tested, runtime = locked(TESTS), locked(RUNTIME)
    for name, found in locked(TRACES).items():
        assert found == tested[name]
        assert found[0] == runtime.get(name, found)[0]


@pytest.mark.parametrize(("path", "times"), [("Makefile", 2), ("Containerfile", 1)])
def test_what_is_locked_is_installed_by_its_hashes(path: str, times: int) -> None:
    """Who installs from a lock demands hashes; the project itself needs no index."""
    folder = ROOT if path == "Makefile" else ROOT / "deploy"
    text = (folder / path).read_text().replace("$(LOCKED)", "install --require-hashes")
    lines = [line for line in text.splitlines() if "install" in line and " -r " in line]
    assert len(lines) == times
    assert all("--require-hashes" in line for line in lines)
    (own,) = (line for line in text.splitlines() if "--no-build-isolation" in line)
    assert "--no-deps" in own


def test_every_package_of_the_product_has_a_licence_that_is_allowed() -> None:
    """Those that are needed by those that are needed, too."""
    found = {name: licence_of(one) for name, one in installed().items()}
    assert len(found) > 50
    refused = {n: said for n, said in found.items() if not said or not is_allowed(said)}
    assert not refused


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("MPL-2.0 AND (Apache-2.0 OR GPL-3.0-only)", True),
    ],
)
def test_a_licence_is_allowed_where_a_choice_of_it_is(
    expression: str, *, allowed: bool
) -> None:
    """`OR` leaves the choice to us; `AND` and `WITH` do not."""
    assert is_allowed(expression) is allowed


def test_the_bill_of_materials_is_valid_and_has_all_that_is_locked() -> None:
    """As `make sbom` writes it: nothing is missing, nothing of the tests is in it.

    It is held to CycloneDX's own schema as it is made.
    """
    if missing := set(shipped()) - set(installed()):
        pytest.skip(f"not installed as locked: {', '.join(missing)}")
    made = json.loads(bill())
    listed = {one["purl"].removeprefix("pkg:pypi/") for one in made["components"]}
    assert listed == {f"{name}@{v}" for name, v in shipped().items()}
    needed = {one["ref"]: one.get("dependsOn", []) for one in made["dependencies"]}
    assert len(needed[ROOT_REF]) > 20
    named = [one["name"] for one in made["components"] if not one.get("licenses")]
    assert set(named) <= {"aiocache", "protobuf"}


@pytest.mark.parametrize("wanted", [{"a": "2"}, {"a": "1", "b": "1"}])
def test_a_bill_that_would_not_be_the_lock_is_not_made(wanted: dict[str, str]) -> None:
    """Another version, or a package that is missing, is said by name."""
    part = {"name": "A", "version": "1", "bom-ref": "a"}
    whole = {"components": [part], "dependencies": []}
    with pytest.raises(IncompleteError, match="is locked"):
        kept(whole, wanted)


BAD = {"name": "x", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}
GOOD = {"name": "y", "version": "1", "vulns": []}
SKIPPED = {"name": "z", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("probe", "found", "status", "said"),
    [
        ([], [], 0, audit.NO_DATA),
        ([SKIPPED], [SKIPPED], 0, audit.NO_DATA),
        ([GOOD], [GOOD], 0, audit.NO_DATA),
        ([BAD], [GOOD], 0, "audit: 1 packages, none known bad"),
        ([BAD], [BAD, GOOD], 1, "audit: x 1: PYSEC-1, fixed in no version"),
        ([BAD], [GOOD, SKIPPED], 1, "audit: z could not be asked for: not found"),
        ([BAD], [], 1, "audit: nothing was answered for the locks"),
    ],
)
def test_an_audit_that_could_not_look_never_says_that_all_is_well(
    probe: list[dict[str, object]],
    found: list[dict[str, object]],
    status: int,
    said: str,
) -> None:
    """A package known to be vulnerable is asked for first: is it, there is data."""
    assert audit.verdict(probe, found) == (status, [said])
