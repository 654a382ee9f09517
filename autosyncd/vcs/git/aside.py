"""Moves what is in the way of an incoming file aside, and lets git ignore it there."""

from functools import partial

from autosyncd.vcs.git.exclude import exclude
from autosyncd.vcs.git.layout import Layout
from autosyncd.vcs.tree import aside


async def put_aside(layout: Layout, path: bytes, host: str) -> bytes | None:
    """Rename what keeps `path` from being placed; returns its new path, None if nothing does."""
    return await aside.put_aside(layout, path, host, partial(exclude, layout))
