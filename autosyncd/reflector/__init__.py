"""The reflector: a broadcast server on one TCP port, small enough for a router.

It needs nothing beyond the standard library, and of that little: asyncio alone would take half of
the memory it may use. The protocol is that of SparkleShare's "fanout" server.
"""
