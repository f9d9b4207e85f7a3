"""``python -m tests.supply.sbom FILE``: what the gateway is made of, as CycloneDX JSON.

`cyclonedx-py` describes the environment; of that, what the locks of the image name is
kept, so that tools of the tests are no part of the product. Links to projects' pages
are left out: they say nothing of what is in it, and checking how they are spelled takes
half a minute. `make sbom` calls it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from tests.supply.locked import ROOT, shipped

ROOT_REF = "root-component"
"""How `cyclonedx-py` refers to the project itself."""
_LINKS = "externalReferences"


class IncompleteError(Exception):
    """The environment is not what the lock says; the message names each difference."""


def bill() -> str:
    """The bill of materials as JSON, the same for the same environment.

    Raises:
        IncompleteError: a locked distribution is missing, or of another version.
        ValueError: what was made is not valid CycloneDX.
    """
    made = _without_links(kept(described(), dict(shipped())))
    text = json.dumps(made, indent=2, sort_keys=True) + "\n"
    refused = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if refused is not None:
        raise ValueError(str(refused))
    return text


def described() -> dict[str, Any]:
    """The whole environment, with the project as its root."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", sys.executable]
    options = ["--pyproject", "pyproject.toml", "--output-reproducible"]
    options += [
        "--spec-version",
        "1.6",
        "--no-validate",
    ]  # `bill` does, of what is kept
    done = subprocess.run(
        [*command, *options], cwd=ROOT, check=True, capture_output=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def kept(whole: dict[str, Any], wanted: dict[str, str]) -> dict[str, Any]:
    """The bill of what is wanted alone, and who needs whom of it.

    Raises:
        IncompleteError: it is not there as it is wanted.
    """
    parts = {canonicalize_name(one["name"]): one for one in whole["components"]}
    odd = [
        f"{name}: {version} is locked, {_version(parts.get(name))} is installed"
        for name, version in wanted.items()
        if _version(parts.get(name)) != version
    ]
    if odd:
        raise IncompleteError("; ".join(odd))
    components = [one for name, one in parts.items() if name in wanted]
    refs = {ROOT_REF, *(one["bom-ref"] for one in components)}
    needs = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", []) if ref in refs]}
        for one in whole["dependencies"]
        if one["ref"] in refs
    ]
    return {**whole, "components": components, "dependencies": needs}


def _without_links(value: Any) -> Any:
    if isinstance(value, dict):
        parts = ((key, part) for key, part in value.items() if key != _LINKS)
        return {key: _without_links(part) for key, part in parts}
    if isinstance(value, list):
        return [_without_links(part) for part in value]
    return value


def _version(part: dict[str, Any] | None) -> str:
    return part["version"] if part else "none"


def main(path: str) -> None:
    """Write it."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text := bill())
    print(f"{target}: {len(json.loads(text)['components'])} components")


if __name__ == "__main__":
    main(sys.argv[1])
