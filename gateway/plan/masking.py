"""What stands where a field's value may not be read: a mask, null, an error. Pure."""

from __future__ import annotations

from gateway.conversion import Conversion
from gateway.plan.model import Denied, Masked, PlannedField
from gateway.profile.model import Deny, TagRule
from gateway.record import Model, replace
from gateway.shape import TypeRef

MASK = "***"
"""What stands for a text, whatever it is and however long."""


class Ending(Model, frozen=True):
    """A conversion of texts to a mask and their last characters.

    A text that is shorter than twice these is masked whole. ``spelling`` is its
    source's own.
    """

    keep: int
    spelling: Conversion | None = None

    def read(self, value: object) -> object:
        """The mask; null stays null, and what is no text is masked whole."""
        if self.spelling is not None:
            value = self.spelling.read(value)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) < 2 * self.keep:
            return MASK
        return MASK + value[-self.keep :]

    def write(self, value: object) -> object:
        """Nothing is sent masked."""
        return value


def masked(planned: PlannedField, rule: TagRule) -> PlannedField:
    """The field as a rule denies it.

    Masks are for texts; of other types they are null. What cannot be null is an error,
    and so is what is hidden, where something else is made of it.
    """
    type_ = planned.type
    if rule.deny is Deny.MASK and is_text(type_):
        if rule.keep:
            return replace(planned, convert=Ending(rule.keep, planned.convert))
        return replace(planned, read=Masked(MASK), convert=None)
    told = rule.deny <= Deny.ERROR or not can_be(rule.deny, type_)
    return replace(planned, read=Denied(named(rule), told=told), convert=None)


def named(rule: TagRule) -> str:
    """The rule for those who may see details."""
    return f"the policy of the tag {rule.tag!r} at {rule.guard.span}"


def is_text(type_: TypeRef) -> bool:
    """Whether a mask is a value of the type: an ID that all had would be no ID."""
    return type_.name == "String" and not type_.is_list


def can_be(deny: Deny, type_: TypeRef) -> bool:
    """Whether a field of the type can be denied so; else it is an error."""
    masked_text = deny is Deny.MASK and is_text(type_)
    return deny <= Deny.ERROR or masked_text or not type_.non_null
