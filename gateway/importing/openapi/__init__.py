"""OpenAPI 3.0, 3.1 and Swagger 2.0 → SDL, profiles and a source.

    library (files, references) → document (operations, one form for all versions)
    → types (schemas) → operation, paging → writing

In charge of what a description promises. Must never ask the API itself.
"""
