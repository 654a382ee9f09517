"""Paths in requests: text, or where they are not UTF-8 and JSON has no text for them, file URLs."""

SCHEME = "file://"
"""Behind it the bytes of an absolute path, percent-encoded (RFC 8089)."""


def as_sent(path: str) -> str:
    """An absolute path as a request names it; bytes that are no UTF-8 are surrogates in `path`."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        from urllib.parse import quote_from_bytes

        return SCHEME + quote_from_bytes(path.encode("utf-8", "surrogateescape"))
    return path


def as_meant(text: str) -> str:
    """The path that a request names, with surrogates for bytes that are no UTF-8."""
    if not text.startswith(SCHEME):
        return text
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(text.removeprefix(SCHEME)).decode("utf-8", "surrogateescape")


def as_answered(path: str) -> str:
    """The path as answers have it: JSON has no text for bytes that are no UTF-8."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in path)
