"""The GraphQL schema of a generation, and the protocols that serve it."""
