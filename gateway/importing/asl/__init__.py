"""Step Functions state machines → an operation of steps that run as early as they may.

    machine (the file) → paths, conditions (JSONPath, Choice → CEL) → tasks → walk

In charge of the order that data makes; the machine's own order is that only where
nothing else says it. What a step cannot do is left out, and told.
"""
