from tests.stack.fixture import pager, stack

__all__ = ["pager", "stack"]
