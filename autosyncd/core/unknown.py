"""What to say of a repository that nobody knows."""

from collections.abc import Mapping
from pathlib import PurePath

from autosyncd.api.near import did_you_mean
from autosyncd.errors import NoSuchRepositoryError


def unknown(known: Mapping[str, PurePath], word: str) -> NoSuchRepositoryError:
    """`word` is none of the repositories, `known` by their names: what may have been meant."""
    alike = [name for name, path in known.items() if path.name == word]
    if len(alike) > 1:
        why = f"'{word}' can be any of {', '.join(alike)}"
        return NoSuchRepositoryError(why, hint="say it by its path")
    meant = f" (did you mean {alike[0]}?)" if alike else did_you_mean(word, known)
    return NoSuchRepositoryError(
        f"no repository '{word}' is watched{meant}",
        hint="`autosyncctl status` lists them, `autosyncctl add PATH` adds one",
    )
