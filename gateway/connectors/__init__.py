"""Step types and the systems they call: one file each; nothing here knows plans."""
