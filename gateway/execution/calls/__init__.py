"""One call: who else asks for it, what is kept of it, and its attempts."""
