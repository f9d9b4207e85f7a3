"""How the gateway proves who it is to sources.

`base` is the port, `settings` what it takes; `constant` is for what never changes,
`granted` and `exchanged` are tokens of an OAuth 2 server, by way of `keeping` (one
token for all who need it) and `endpoint` (how it is fetched); `sigv4` signs for AWS.
`proving` joins one to the requests of a source, and `opening` makes one from settings.
"""
