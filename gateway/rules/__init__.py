"""What a team demands of its profiles, as rules in CEL: `headwater check --rules`.

In charge of reading rules, of the facts that they read, and of saying where one does
not hold. Pure. Must never change what is loaded: rules judge, the gateway serves.
"""
