"""The contract of sources and step types as tests: our own pass them, yours should.

A class of tests is a subclass with one fixture:

    class TestMySource(SourceContract):
        @pytest.fixture
        def subject(self) -> Subject:
            return Subject(open=..., call=..., body=...)

The tests are coroutines: run them with pytest-asyncio (``asyncio_mode = "auto"``).
"""

from gateway.testing.contract.documents import SourceKeysContract, StepTypeContract
from gateway.testing.contract.source import SourceContract
from gateway.testing.contract.subject import Subject, call_of, require

__all__ = [
    "SourceContract",
    "SourceKeysContract",
    "StepTypeContract",
    "Subject",
    "call_of",
    "require",
]
