"""Single values as people write them: durations, sizes, shares, paths."""

import os
import pwd
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from autosyncd.api.durations import parse_duration
from autosyncd.config.wording import quoted

SIZES = "allowed: 100KB, 50MB, 1GB (powers of 1000) or a number of bytes"
SHARES = "allowed: a percentage from 0% to 100%, such as 50%"
PATHS = "allowed: a path; ~ and $VARS are expanded, $$ is a plain $"

__all__ = ["expand_path", "make_absolute", "parse_duration", "parse_share", "parse_size"]

_FACTORS = {"": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(KB|MB|GB|)")
_LOOSE_SIZE = re.compile(r"([0-9.]+)\s*([KMG])(?:I?B)?", re.IGNORECASE)
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")
_VARIABLE = re.compile(r"\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([^}]*)(\}?))")
_LONGEST_NUMBER = 30


def parse_size(text: str) -> int:
    """The bytes in `100KB`, `50MB`, `1GB` or a plain number of bytes.

    Raises ValueError that says what is wrong and what is allowed.
    """
    if text.startswith("-"):
        raise ValueError(f"{quoted(text)} is negative; {SIZES}")
    found = _SIZE.fullmatch(text)
    if not found or len(text) > _LONGEST_NUMBER:
        raise ValueError(f"{quoted(text)} is not a size; {SIZES}{_meant_size(text)}")
    size = Fraction(found[1]) * _FACTORS[found[2]]
    if size.denominator != 1:
        raise ValueError(f"{quoted(text)} is not a whole number of bytes; {SIZES}")
    return int(size)


def _meant_size(text: str) -> str:
    found = _LOOSE_SIZE.fullmatch(text.strip())
    return f" (did you mean {found[1]}{found[2].upper()}B?)" if found else ""


def parse_share(text: str) -> float:
    """The share in `50%`, from 0 to 1.

    Raises ValueError that says what is wrong and what is allowed.
    """
    found = _SHARE.fullmatch(text)
    if not found:
        raise ValueError(f"{quoted(text)} is not a percentage; {SHARES}{_meant_share(text)}")
    if (percent := float(found[1])) > 100:
        raise ValueError(f"{quoted(text)} is more than everything; {SHARES}")
    return percent / 100


def _meant_share(text: str) -> str:
    plain = re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text)
    if not plain:
        return ""
    percent = float(text) * 100 if 0 < float(text) < 1 else float(text)
    return f" (did you mean {percent:g}%?)"


def expand_path(text: str, *, base: Path, environment: Mapping[str, str], home: Path) -> Path:
    """The absolute path that `text` means; relative ones start at `base`.

    Symbolic links stay as they are. Raises ValueError for an unknown variable or user.
    """
    if not text.strip():
        raise ValueError(f"is empty; {PATHS}")
    head, slash, rest = text.partition("/")
    if head.startswith("~"):
        start = str(home) if head == "~" else _home_of(head[1:])
    else:
        start = _expand_variables(head, environment, home)
    return make_absolute(base, start + slash + _expand_variables(rest, environment, home))


def _home_of(user: str) -> str:
    try:
        return pwd.getpwnam(user).pw_dir
    except (KeyError, ValueError) as error:
        hint = "begin with ./ where it is a folder's name, or write ~/ for your own home"
        raise ValueError(f"there is no user {quoted(user)}; {hint}") from error


def _expand_variables(text: str, environment: Mapping[str, str], home: Path) -> str:
    known = {"HOME": str(home), **environment}

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        if found[2] is not None and not (found[2] and found[3]):
            raise ValueError(f"{quoted(found[0])} is not a variable; {PATHS}")
        name = str(found[1] or found[2])
        if not known.get(name):
            state = "empty" if name in known else "not set"
            raise ValueError(
                f"the variable {name} is {state}; set it for the daemon, or write $$ for a plain $"
            )
        return known[name]

    return _VARIABLE.sub(value, text)


def make_absolute(base: Path, path: str | Path) -> Path:
    """`path` seen from `base`, without `..`; symbolic links stay unless a `..` goes through one."""
    joined = base / path
    if ".." not in joined.parts:
        return joined
    plain, real = os.path.normpath(joined), os.path.realpath(joined)
    return Path(plain if os.path.realpath(plain) == real else real)
