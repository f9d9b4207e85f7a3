"""A candidate beside what serves: who is given it, how both do, and when it is over."""
