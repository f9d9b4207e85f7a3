"""The pipelines' door: one query for each row of a file, into a file."""
