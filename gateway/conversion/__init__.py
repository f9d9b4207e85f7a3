"""How a source spells what the schema promises: its words, dates, times and numbers.

In charge of both ways: `read` makes the schema's spelling of a source's value, `write`
the source's of a client's. Pure, decided at load. Must never guess or raise: what is no
spelling of the source stays what it is, and the schema says whether it fits.
"""

from gateway.conversion.base import Conversion, Conversions
from gateway.conversion.formats import FORMATS, format_of
from gateway.conversion.patterns import PatternError
from gateway.conversion.sending import Sending, sending_of
from gateway.conversion.words import Words, words_of

__all__ = [
    "FORMATS",
    "Conversion",
    "Conversions",
    "PatternError",
    "Sending",
    "Words",
    "format_of",
    "sending_of",
    "words_of",
]
