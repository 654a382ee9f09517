"""What git would store of files in the working tree, after its filters."""

from collections.abc import Sequence

from autosyncd.vcs.git.command import Git


async def clean_ids(git: Git, paths: Sequence[bytes]) -> tuple[str | None, ...]:
    """The id that each file would get, from one git process; None where it can't be read.

    git-hash-object(1) ends at the first bad file; what comes after it is asked again.
    """
    found: list[str | None] = []
    while len(found) < len(paths):
        rest = paths[len(found) :]
        listing = b"".join(_quoted(path) + b"\n" for path in rest)
        said = await git.run("hash-object", "--stdin-paths", stdin=listing)
        ids = said.stdout.decode("ascii").split()
        found += ids
        if len(ids) < len(rest):
            found.append(None)
    return tuple(found)


def _quoted(path: bytes) -> bytes:
    """As C quotes a string: a name may hold a newline, or begin with a quote."""
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
