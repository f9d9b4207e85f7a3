"""Where releases are: a directory, a Redis, or any place that fsspec knows."""
