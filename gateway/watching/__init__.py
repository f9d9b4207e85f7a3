"""How requests go, counted where they end: rates, failures and durations."""
