"""What a document selects → JSON Schema, for every door that describes its answers."""
