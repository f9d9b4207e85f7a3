"""The demo: a small bank's services, its warehouse, and the command that runs them.

In charge of giving a newcomer something real to query. Nothing of the gateway may
import it; it uses the gateway only from outside, over HTTP and its command.
"""
