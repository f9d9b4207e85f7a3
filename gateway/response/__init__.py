"""Room 5, aggregation and response: what we say. Pure."""
