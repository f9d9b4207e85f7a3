"""Tells a source of steps that keep failing: once an incident, not once a request."""
