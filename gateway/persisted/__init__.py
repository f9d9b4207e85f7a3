"""Documents that requests name instead of sending them, and lists of those allowed."""
