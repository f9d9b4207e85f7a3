"""What other systems describe themselves with → a project's SDL, profiles and sources.

In charge of reading descriptions (OpenAPI, Apollo Connectors, state machines) and of
writing what a person would have written. Must never call anybody, and never write a
file that a person owns.
"""
