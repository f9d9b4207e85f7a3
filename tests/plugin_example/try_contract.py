"""The contract as the example's author runs it: `pytest try_contract.py`."""

from __future__ import annotations

from typing import Any

import pytest
from headwater_words import WordList, WordOptions, Words, WordStep, WordTarget

from gateway.testing.contract import (
    SourceContract,
    SourceKeysContract,
    StepTypeContract,
    Subject,
    call_of,
)


class TestWords(SourceContract):
    """The source at run time."""

    @pytest.fixture
    def subject(self) -> Subject:
        return Subject(
            open=lambda: Words({"hello": "hallo"}),
            call=call_of(WordTarget("hello", upper=True)),
            body="HALLO",
            other=call_of(WordTarget("hello", upper=False)),
            refused=(call_of(WordTarget(7, upper=False)),),
            slow=call_of(WordTarget("slowly", upper=False)),
        )


class TestWordStep(StepTypeContract):
    """Its step type."""

    @pytest.fixture
    def step_type(self) -> Any:
        return WordStep()

    @pytest.fixture
    def options(self) -> WordOptions:
        return WordOptions(word="hello")


class TestWordList(SourceKeysContract):
    """Its keys in headwater.yaml."""

    @pytest.fixture
    def model(self) -> type[WordList]:
        return WordList

    @pytest.fixture
    def word(self) -> str:
        return "words"
