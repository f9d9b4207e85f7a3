"""SQL databases by SQLAlchemy's dialects: every one that has no way of its own here.

`source` is the door at run time, `describing` for those who write a schema. SQLAlchemy
and the drivers are imported when a source is first asked, never before.
"""
