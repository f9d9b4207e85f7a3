"""A deployment without its systems: canned, recorded and made-up replies in place."""
