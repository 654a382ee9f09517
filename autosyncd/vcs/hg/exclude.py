"""What this working copy alone leaves out of its commits: what was moved aside.

Mercurial has no rule file for that beside the tracked `.hgignore`, so we keep a list of our own.
"""

from autosyncd.vcs.hg.layout import Layout


def exclude(layout: Layout, path: bytes) -> None:
    """Leave this path out from now on, and all below it."""
    with (layout.own / "aside").open("ab") as out:
        out.write(path + b"\n")


def excluded(layout: Layout) -> frozenset[bytes]:
    """What is left out."""
    try:
        return frozenset((layout.own / "aside").read_bytes().splitlines())
    except OSError:
        return frozenset()
