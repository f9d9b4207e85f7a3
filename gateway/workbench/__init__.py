"""Configurations beside the one that serves: what they say, and what they change.

In charge of plans and schemas as somebody sees them, and of texts that are edited. It
must never call a source, nor change what serves.
"""
