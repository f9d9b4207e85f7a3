"""Small projects made for one rule each: files in, problems and answers out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import yaml

from gateway.app import build_gateway
from gateway.errors import ProfileError
from gateway.testing.runner import run_profile_tests

DEPLOYMENT = """\
profiles: ./profiles
schema: ./schema
sources:
  default: { url: "http://127.0.0.1:9100" }
  core: { url: "http://127.0.0.1:9101", names: snake }
  warehouse: { type: duckdb, path: ":memory:" }
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A deployment in a folder of its own."""

    folder: Path

    @classmethod
    def of(cls, folder: Path, sdl: str = "", **profiles: str) -> Project:
        """The project with an SDL, and profile files by name."""
        for below in ("profiles", "schema"):
            (folder / below).mkdir(exist_ok=True)
        (folder / "headwater.yaml").write_text(DEPLOYMENT)
        (folder / "schema" / "schema.graphql").write_text(dedent(sdl))
        for name, text in profiles.items():
            (folder / "profiles" / f"{name}.yaml").write_text(dedent(text))
        return cls(folder)

    def problems(self) -> list[str]:
        """Everything that is wrong, without the way to the folder."""
        try:
            gateway = build_gateway([self.folder / "headwater.yaml"], {})
        except ProfileError as error:
            found = error.problems
        else:
            found = gateway.current.problems
        return [str(p).replace(f"{self.folder}/", "") for p in found]

    def differences(self, operation: str, **case: object) -> list[str]:
        """How an answer differs from what a profile test expects; nothing is right."""
        text = yaml.safe_dump(
            {"operation": operation, "cases": [{"name": "it holds", **case}]}
        )
        file = self.folder / "case.test.yaml"
        file.write_text(text)
        report = run_profile_tests([file], [self.folder / "headwater.yaml"], {})
        broken = [str(p) for p in report.problems]
        return broken + [d for one in report.cases for d in one.differences]
