"""What a package needs that adds a step type or a kind of source: one import.

In charge of nothing but the list: these names stay, wherever they are defined. Must
never hold code of its own.
"""

from gateway.clock import Deadline
from gateway.connectors.base import (
    Call,
    PageRules,
    Reply,
    ReplyRules,
    Section,
    Slot,
    Source,
    StepType,
    Wire,
)
from gateway.connectors.masking import masked
from gateway.connectors.rest_request import filled
from gateway.connectors.running import Running
from gateway.deployment.sources.every import AnySource as SourceKeys
from gateway.deployment.words import Discreet as SourceMap
from gateway.errors import ErrorClass, UpstreamError, did_you_mean
from gateway.shape import FieldShape
from gateway.strict import (
    Cel,
    Count,
    Flag,
    Json,
    Text,
    Whole,
    wrong,
)
from gateway.strict import (
    StrictModel as StepOptions,
)
from gateway.units import Duration
from gateway.values import JsonValue, canonical

__all__ = [
    "Call",
    "Cel",
    "Count",
    "Deadline",
    "Duration",
    "ErrorClass",
    "FieldShape",
    "Flag",
    "Json",
    "JsonValue",
    "PageRules",
    "Reply",
    "ReplyRules",
    "Running",
    "Section",
    "Slot",
    "Source",
    "SourceKeys",
    "SourceMap",
    "StepOptions",
    "StepType",
    "Text",
    "UpstreamError",
    "Whole",
    "Wire",
    "canonical",
    "did_you_mean",
    "filled",
    "masked",
    "wrong",
]
