"""Reference data as sources: files of JSON, YAML and CSV, and rows written in place."""
