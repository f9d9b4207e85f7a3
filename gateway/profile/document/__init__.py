"""Profiles as written: pydantic models of the YAML, one for each kind of file.

In charge of shapes, ranges and words. What names refer to, and what expressions mean,
is decided where profiles are compiled.
"""

from gateway.profile.document.acts import IdempotencyDocument, InvalidatesDocument
from gateway.profile.document.entity import EntityDocument
from gateway.profile.document.files import FileDocument, FragmentDocument
from gateway.profile.document.load import load_document
from gateway.profile.document.operations import (
    AggregationDocument,
    Match,
    ProfileDocument,
    VariantDocument,
)
from gateway.profile.document.policies import (
    BatchDocument,
    CacheDocument,
    ErrorDocument,
    EscalateDocument,
    HedgeDocument,
    RetryDocument,
    StaleRung,
    TypeByDocument,
    ValueRung,
)
from gateway.profile.document.schema import json_schema
from gateway.profile.document.step import OwnerDocument, StepDefaults, StepDocument

__all__ = [
    "AggregationDocument",
    "BatchDocument",
    "CacheDocument",
    "EntityDocument",
    "ErrorDocument",
    "EscalateDocument",
    "FileDocument",
    "FragmentDocument",
    "HedgeDocument",
    "IdempotencyDocument",
    "InvalidatesDocument",
    "Match",
    "OwnerDocument",
    "ProfileDocument",
    "RetryDocument",
    "StaleRung",
    "StepDefaults",
    "StepDocument",
    "TypeByDocument",
    "ValueRung",
    "VariantDocument",
    "json_schema",
    "load_document",
]
