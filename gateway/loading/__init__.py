"""From files to a generation: the only place besides `app` that sees all rooms."""
