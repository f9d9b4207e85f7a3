"""Who asks: tokens, keys and what a proxy vouches for → a `Proof`, or a refusal."""
