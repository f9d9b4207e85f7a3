"""What is allowed. Pure; imports models only."""
