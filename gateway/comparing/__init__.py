"""What a change of a configuration changes: two of them → changes with places."""
