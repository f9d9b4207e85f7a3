"""What is wrong with a pattern. Must never quote the text it was matched against."""

from __future__ import annotations


class PatternError(ValueError):
    """The text is no pattern in RE2's syntax, or one too large."""
