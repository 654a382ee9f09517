"""Which part of a tree a look is about."""

FEW = 100
"""Up to so many paths the tool is asked about these; each of them costs a pass over its list."""


def scope(paths: frozenset[bytes] | None, below: bytes) -> tuple[bytes, ...] | None:
    """What to ask about: paths inside the watched folder; None: the whole tree, (): nothing."""
    whole = (below,) if below else None
    if paths is None or b"" in paths or b"." in paths:
        return whole
    inside = {path.rstrip(b"/") for path in paths}
    if below:
        if any(below == path or below.startswith(path + b"/") for path in inside):
            return whole
        inside = {path for path in inside if path.startswith(below + b"/")}
    return whole if len(inside) > FEW else tuple(sorted(inside))
