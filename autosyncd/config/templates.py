"""Texts with `{placeholders}`; doubled braces stand for themselves, as in `str.format`."""

import re
from collections.abc import Iterable

from autosyncd.api.near import did_you_mean
from autosyncd.config.wording import listed, quoted

_TOKEN = re.compile(r"(\{\{|\}\}|\{([^{}]*)\}|[{}])")


def check_template(text: str, known: Iterable[str]) -> str:
    """The text itself; raises ValueError for unknown placeholders and for lone braces."""
    names = tuple(known)
    tokens = dict.fromkeys(_TOKEN.findall(text))
    flaws = [flaw for whole, name in tokens if (flaw := _flaw(whole, name, names))]
    if flaws:
        raise ValueError("; ".join(flaws))
    return text


def _flaw(whole: str, name: str, known: tuple[str, ...]) -> str | None:
    if whole in ("{", "}"):
        return f"unbalanced {whole}; write {whole * 2} for a plain {whole}"
    if whole in ("{{", "}}") or name in known:
        return None
    return _unknown(name, known)


def _unknown(name: str, known: tuple[str, ...]) -> str:
    allowed = f"allowed: {listed(f'{{{word}}}' for word in known)}, and {{{{ for a plain {{"
    meant = did_you_mean(name, known).replace("mean ", "mean {").replace("?", "}?")
    return f"unknown placeholder {quoted(f'{{{name}}}')}; {allowed}{meant}"
