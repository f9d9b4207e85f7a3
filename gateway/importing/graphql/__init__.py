"""A GraphQL API's schema → a project whose operations ask it."""
