"""Room 1, the request adapter: who asks, and for what. Pure."""
