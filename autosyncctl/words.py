"""Facts in few words: ages, times, counts, and names with odd characters."""

import shlex
import time

from autosyncd.errors import flat

SHORT_ID = 7

_ASCII = str.maketrans(
    {"↑": "^", "↓": "v", "…": "~", "✓": "*", "•": "o", "·": ".", "█": "#", "░": "."}
    | dict.fromkeys("▏▎▍▌▋▊▉", "#")
)


def clean(text: str) -> str:
    """The text without anything that could move a cursor, reorder or colour what is shown.

    Control characters, bidirectional marks and bytes that are not UTF-8 appear as escapes.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def shell_word(text: str) -> str:
    """The text as one word of a command line, all of it to be seen and to be copied.

    What `clean` would escape is written as `$'...'` (POSIX.1-2024, 2.2.4) in bytes of UTF-8."""
    if text.isprintable():
        return shlex.quote(text)
    return f"$'{''.join(map(_in_quotes, text))}'"


def span(seconds: float) -> str:
    """A length of time in its largest unit, cut off: `12s`, `5m`, `2h`, `4d`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size:.0f}{unit}"
    return f"{max(0, int(seconds))}s"


def ago(then: float | None, now: float) -> str:
    """How long ago something was."""
    return "never" if then is None else f"{span(now - then)} ago"


def clock(then: float, now: float) -> str:
    """The local time of day, with the date unless it is today's."""
    try:
        moment = time.localtime(then)
    except (OverflowError, ValueError, OSError):
        return "at no known time"
    same_day = time.localtime(now)[:3] == moment[:3]
    return time.strftime("%H:%M:%S" if same_day else "%Y-%m-%d %H:%M:%S", moment)


def count(number: int, what: str) -> str:
    """`1 file`, `2 files`; of `repository` it is `repositories`."""
    if number == 1:
        return f"1 {what}"
    return f"{number} {what[:-1]}ies" if what.endswith("y") else f"{number} {what}s"


def in_ascii(text: str) -> str:
    """Our own signs as a terminal without them can show them, one for each."""
    return text.translate(_ASCII)


def one_line(text: str) -> str:
    """The text clean, and in one line."""
    return clean(flat(text))


def bar(fraction: float, width: int) -> str:
    """How much of something is done, in eighths of a character."""
    eighths = round(min(1.0, max(0.0, fraction)) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + " ▏▎▍▌▋▊▉"[part] * bool(part)).ljust(width, "░")


def short_id(commit: str) -> str:
    """As much of a commit's id as people read."""
    return clean(commit[:SHORT_ID])


def _in_quotes(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if char.isprintable():
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")
