"""Redis as a source: commands that read, with values bound as arguments."""
