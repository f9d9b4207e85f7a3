"""Room 2, the configuration resolver: what is configured. Pure but for the watch."""
