"""Feature flags: what is on for whom, asked through the OpenFeature contract.

In charge of which provider answers, and of one request's values, each asked at most
once. Must never decide what a flag means: expressions and variants read them.
"""
