"""Whether a path lies where something was done."""


def within(path: bytes, where: frozenset[bytes] | None) -> bool:
    """Whether a path, or a folder around it, is among these; None is everywhere."""
    if where is None or b"" in where:
        return True
    while path and path not in where:
        path = path.rpartition(b"/")[0]
    return bool(path)
