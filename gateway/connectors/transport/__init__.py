"""How HTTP requests travel: one small port, and what is behind it."""
