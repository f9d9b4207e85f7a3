"""Reading where PyYAML was built without libyaml: the same, only slower."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Problems
from gateway.profile import source


@pytest.fixture
def pure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_Loader", source._PurePython)


@pytest.mark.usefixtures("pure")
@pytest.mark.parametrize(
    "text",
    [
        "a: &a { b: [1, x, '2'] }\nc: *a\nd: 0777\ne: on",
        "when: !x",
        "when: a ? b : c",
        "a: { endpoint: /a/{id} }",
        "a:\n\tb: 1",
        "a: 1\n---\nb: 2",
        "a: [1, 2\nb: 1",
        "",
    ],
)
def test_both_parsers_read_alike(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, places and problems do not depend on how PyYAML was built."""
    slow, fast = Problems(), Problems()
    by_python = source.read(text, "p.yaml", slow)
    monkeypatch.undo()
    by_c = source.read(text, "p.yaml", fast)
    assert by_python == by_c
    assert [p.message for p in slow.found] == [p.message for p in fast.found]


@given(st.text(alphabet="ab:{}[]-!&*#?|>%@'\"\\\n\t ,$", max_size=40))
def test_no_text_makes_the_python_parser_raise(text: str) -> None:
    """Its errors are problems too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_Loader", source._PurePython)
        problems = Problems()
        document = source.read(text, "p.yaml", problems)
    assert document is not None or problems.errors
