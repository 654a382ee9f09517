"""Which known word was meant by one that is not known."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is written most like it, if any is; case and dashes hardly count."""
    from difflib import get_close_matches  # only whoever makes a mistake waits for it

    plain = {_plain(option): option for option in known}
    near = get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)` with the known word that is nearest, or nothing."""
    near = nearest(word, known)
    return f" (did you mean {near}?)" if near else ""


def _plain(word: str) -> str:
    return word.lower().lstrip("-").replace("-", "_")
