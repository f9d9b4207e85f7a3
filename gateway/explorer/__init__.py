"""The page a developer meets at `/`: GraphiQL from local files, and nothing else.

In charge of the page and the files it loads. It must never run an operation or look
inside a profile: it speaks to the gateway as every other client does, over HTTP.
"""
