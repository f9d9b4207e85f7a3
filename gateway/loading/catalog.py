"""What one load came to."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import Problem
from gateway.profile.model import Audience, Family, Profile
from gateway.profile.source import Document
from gateway.record import Model

Texts = Mapping[str, str | None]
"""Files by name; None stands for one that is there and cannot be read."""


class Catalog(Model, frozen=True):
    """What one load came to.

    ``good`` are the texts to keep for the day their file breaks; ``stale`` are the
    operations (and types) that serve an older text than their file has; ``outdone``
    are those whose text was good and still is the same: something else broke them.
    ``audience`` has what is the same for everybody, ``families`` the operations of
    which each request gets one of several profiles; ``declaring`` declares for the
    schema, each operation once.
    """

    audience: Audience
    trees: Mapping[tuple[str, str], Document]
    families: tuple[Family, ...]
    declaring: tuple[Profile, ...]
    good: Mapping[str, str]
    stale: tuple[str, ...]
    outdone: tuple[str, ...]
    problems: tuple[Problem, ...]
