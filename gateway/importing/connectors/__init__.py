"""Apollo Connectors' SDL → SDL without them, profiles, entity files and sources.

    selection (their mapping language) · reading (their directives) → steps → importing

In charge of what `@source` and `@connect` say. Must never guess at a mapping that
cannot be written here: it is left out, and told.
"""
