"""Programs that measure. See README.md; nothing here is a test."""
