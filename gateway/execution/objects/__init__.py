"""Steps that run for each object of a type: one by one, or many keys in one call."""
