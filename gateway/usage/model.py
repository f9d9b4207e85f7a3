"""What is counted of use, and by what names. Must never hold an argument's value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OTHERS = "(others)"
"""Stands for every name beyond those that are kept apart."""


class By(StrEnum):
    """What uses are told apart by."""

    FIELD = "field"
    CLIENT = "client"
    TENANT = "tenant"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True, order=True)
class User:
    """Who uses a document: a client in a version, of a tenant, under a name.

    Empty texts where nobody says, or it is not counted.
    """

    operation: str = ""
    client: str = ""
    version: str = ""
    tenant: str = ""
