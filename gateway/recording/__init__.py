"""Requests of a gateway that serves, kept with what their sources said, redacted."""
