"""The hook of the wheel: what npm brings to the page is built into it.

In charge of saying in one line when it is left out. Must never make packaging fail, and
must do nothing in an editable install, which has no wheel to put it into.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExplorerHook(BuildHookInterface[Any]):
    """Runs npm where it is installed; hatchling calls it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before files are collected, and have what was built among them."""
        if version == "editable":
            return
        building = _building(Path(self.root))
        try:
            if not building.fits():
                building.build()
        except building.NotBuiltError as problem:
            self.app.display_warning(
                f"The wheel has no GraphiQL of npm ({problem}): its page shows the "
                "one of PyPI's package."
            )
        else:
            build_data["artifacts"].append("gateway/explorer/static/built/*")


def _building(root: Path) -> Any:
    """`gateway.explorer.building`, without the gateway: its libraries are not here."""
    file = root / "gateway" / "explorer" / "building.py"
    spec = importlib.util.spec_from_file_location("headwater_explorer_building", file)
    assert spec is not None  # noqa: S101 - a path to a .py file has one
    assert spec.loader is not None  # noqa: S101
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made
