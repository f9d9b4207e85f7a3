"""Releases: what gateways are told to serve, as immutable bundles, and who said so."""
