"""Room 4, the execution engine: what came. The only room that waits."""
