"""Which clients use what: counted in process, kept in files, read by people."""
