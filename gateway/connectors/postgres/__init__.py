"""PostgreSQL at run time, over libpq itself.

`source` is the door; `describing` is for load time. psycopg is imported when a
PostgreSQL source is opened or described, never before.
"""
