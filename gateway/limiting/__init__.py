"""How often and how much at a time callers may ask, and how often they asked more."""
