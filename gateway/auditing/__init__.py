"""Who read what of whom: a line for each request, written before its answer leaves."""
