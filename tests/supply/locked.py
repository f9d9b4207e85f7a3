"""What the locks of runtime and tests say: names, versions, hashes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "requirements.lock"
TESTS = ROOT / "tests" / "requirements.lock"
TRACES = ROOT / "deploy" / "otlp.lock"
"""What the image has besides: the exporter of traces."""


def locked(lock: Path) -> Mapping[str, tuple[Requirement, tuple[str, ...]]]:
    """Each requirement of a lock with its hashes, by its canonical name.

    Raises:
        InvalidRequirement: a line is none, such as an option or an address.
    """
    text = lock.read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        said = line.partition("#")[0].split("--hash=")
        if said[0].strip():
            requirement = Requirement(said[0].strip())
            hashes = tuple(one.strip() for one in said[1:])
            found[canonicalize_name(requirement.name)] = (requirement, hashes)
    return found


def shipped() -> Mapping[str, str]:
    """The versions of all that the image has: the product's, and the exporter's."""
    return {**wanted_here(TRACES), **wanted_here(RUNTIME)}


def wanted_here(lock: Path) -> Mapping[str, str]:
    """The versions that are installed of a lock on a machine such as this one."""
    return {
        name: str(requirement.specifier).removeprefix("==")
        for name, (requirement, _) in locked(lock).items()
        if requirement.marker is None or requirement.marker.evaluate()
    }
