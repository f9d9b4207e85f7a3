"""What the tests of recordings share with those of the command."""

from tests.cli.conftest import _plain, here, invoke, upstream

__all__ = ["_plain", "here", "invoke", "upstream"]
