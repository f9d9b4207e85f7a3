"""Answers in parts: `@defer` and `@stream`, and what is deferred by itself."""
