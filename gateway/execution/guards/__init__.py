"""What protects a source from us: slots, budgets, breakers, pace."""
