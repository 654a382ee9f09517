"""git's wildmatch() as regular expressions over bytes.

pathspec is not used for this: it knows no `[[:alpha:]]`, strips more than spaces from the end of a
line, and lets a name with a newline slip. The source is git's wildmatch.c and dir.c.
"""

import re

SLASH = b"/"
ANY = b"[^/]"
STAR = b"[^/]*"
EVERYTHING = b".*"
ANY_FOLDERS = b"(?:.*/)?"
_BORDERS = (SLASH, EVERYTHING, ANY_FOLDERS)

_LOWER = frozenset(range(0x61, 0x7B))
_UPPER = frozenset(range(0x41, 0x5B))
_DIGIT = frozenset(range(0x30, 0x3A))
_ALNUM = _LOWER | _UPPER | _DIGIT
_GRAPH = frozenset(range(0x21, 0x7F))
_CLASSES = {
    b"alnum": _ALNUM,
    b"alpha": _LOWER | _UPPER,
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset(range(0x20)) | {0x7F},
    b"digit": _DIGIT,
    b"graph": _GRAPH,
    b"lower": _LOWER,
    b"print": _GRAPH | {0x20},
    b"punct": _GRAPH - _ALNUM,
    b"space": frozenset(b" \t\n\r"),
    b"upper": _UPPER,
    b"xdigit": _DIGIT | frozenset(b"abcdefABCDEF"),
}
"""git's own idea of these (git-compat-util.h): ASCII only, and no vertical space."""


class _NeverMatchesError(Exception):
    """The pattern is broken; git then matches nothing with it, and says nothing."""


def translate(glob: bytes) -> bytes | None:
    """The regular expression (for `re.DOTALL` and `fullmatch`) of a pattern; None: no match ever.

    `*` and `?` stop at slashes, `**` between slashes or ends does not.
    """
    try:
        return _render(_tokens(glob))
    except _NeverMatchesError:
        return None


def literal_length(glob: bytes) -> int:
    """How many bytes of a pattern stand for themselves, from its beginning."""
    found = re.search(rb"[*?\[\\]", glob)
    return found.start() if found else len(glob)


def _tokens(glob: bytes) -> list[bytes]:
    tokens: list[bytes] = []
    at = 0
    while at < len(glob):
        token, at = _token(glob, at)
        tokens.append(token)
    return tokens


def _token(glob: bytes, at: int) -> tuple[bytes, int]:
    """One token and where the next begins; every token but the stars is one byte of the path."""
    match glob[at : at + 1]:
        case b"*":
            return _star(glob, at)
        case b"?":
            return ANY, at + 1
        case b"[":
            return _bracket(glob, at + 1)
        case b"\\":
            at += 1
            if at == len(glob):
                raise _NeverMatchesError
    return re.escape(glob[at : at + 1]), at + 1


def _star(glob: bytes, at: int) -> tuple[bytes, int]:
    end = at
    while glob[end : end + 1] == b"*":
        end += 1
    starts = at == 0 or glob[at - 1 : at] == SLASH
    rest = glob[end : end + 2]
    if end - at == 1 or not starts:
        return STAR, end
    if rest[:1] == SLASH:
        return ANY_FOLDERS, end + 1
    if not rest or rest == b"\\/":
        return EVERYTHING, end
    return STAR, end


def _bracket(glob: bytes, at: int) -> tuple[bytes, int]:
    """A bracket expression as the set of the bytes it stands for; never a slash."""
    negated = glob[at : at + 1] in (b"!", b"^")
    at += negated
    members: set[int] = set()
    previous: int | None = None
    first = True
    while first or glob[at : at + 1] != b"]":
        first = False
        previous, at = _member(glob, at, previous, members)
    if negated:
        members = set(range(256)) - members
    return _byte_class(members - {SLASH[0]}), at + 1


def _member(
    glob: bytes, at: int, previous: int | None, members: set[int]
) -> tuple[int | None, int]:
    """Read one member; returns it, if a range may begin with it, and where the next is."""
    following = glob[at + 1 : at + 2]
    if glob[at : at + 1] == b"-" and previous and following and following != b"]":
        high, at = _byte(glob, at + 1)
        members.update(range(previous, high + 1))
        return None, at
    if glob[at : at + 2] == b"[:" and (closing := glob.find(b"]", at + 2)) != -1:
        name = glob[at + 2 : closing]
        if name.endswith(b":"):
            members.update(_class(name[:-1]))
            return None, closing + 1
    elif glob[at : at + 2] == b"[:":
        raise _NeverMatchesError
    byte, at = _byte(glob, at)
    members.add(byte)
    return byte, at


def _class(name: bytes) -> frozenset[int]:
    if name not in _CLASSES:
        raise _NeverMatchesError
    return _CLASSES[name]


def _byte(glob: bytes, at: int) -> tuple[int, int]:
    at += glob[at : at + 1] == b"\\"
    if at >= len(glob):
        raise _NeverMatchesError
    return glob[at], at + 1


def _byte_class(members: set[int]) -> bytes:
    if not members:
        return b"(?!)"
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(members)) + b"]"


def _render(tokens: list[bytes]) -> bytes:
    out: list[bytes] = []
    segment: list[bytes] = []
    for token in tokens:
        if token in _BORDERS:
            out += (_segment(segment), token)
            segment = []
        else:
            segment.append(token)
    return b"".join((*out, _segment(segment)))


def _segment(tokens: list[bytes]) -> bytes:
    """A part without slashes: what follows a star is best found as early as possible, except
    after the last one, and never elsewhere: without that, many stars would take for ever."""
    chunks: list[bytes] = [b""]
    for token in tokens:
        if token == STAR:
            chunks.append(b"")
        else:
            chunks[-1] += token
    head, *middle = chunks
    if not middle:
        return head
    early = b"".join(b"(?>[^/]*?" + chunk + b")" for chunk in middle[:-1])
    return head + early + STAR + middle[-1]
