"""Room 3, the execution planner: what is needed. Pure."""
