"""Saved operations: GraphQL that people wrote down once, for doors without GraphQL."""
