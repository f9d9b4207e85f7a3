"""A database's tables → SDL, entity files and look-ups, as people write them."""
