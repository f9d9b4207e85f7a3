from tests.stack.fixture import stack

__all__ = ["stack"]
