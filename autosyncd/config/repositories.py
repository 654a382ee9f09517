"""The repositories of all files together: defaults, names, and what must fit across entries."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autosyncd.api.near import did_you_mean
from autosyncd.config.model import RepositorySettings
from autosyncd.config.structures import Block, Given
from autosyncd.config.tools import BUILT_IN_VCS, SHIPPED_VCS
from autosyncd.config.wording import listed, quoted
from autosyncd.core.messages import printable

_UNSET = RepositorySettings(path=Path("/"), name="")


@dataclass(frozen=True, slots=True)
class Known:
    """What entries may refer to: the tools and channels that are configured.

    `possible` are the channels that can be configured.
    """

    tools: tuple[str, ...]
    channels: tuple[str, ...]
    possible: tuple[str, ...]


def repositories(
    entries: Sequence[Block], defaults: Block, known: Known | None
) -> tuple[RepositorySettings, ...]:
    """The settings of all entries; mistakes are noted, and what they concern is left out.

    Without `known`, what entries refer to is not checked.
    """
    for block in (defaults, *entries):
        if known:
            _check_vcs(block, known)
            _check_channels(block, known)
        _check_settle(block, defaults)
    _check_paths(entries)
    named = _names(entries)
    return tuple(settings_of(block, defaults, name) for block, name in named)


def _check_vcs(block: Block, known: Known) -> None:
    given = block.keys.get("vcs")
    names = tuple(dict.fromkeys((*BUILT_IN_VCS, *SHIPPED_VCS, *known.tools)))
    if given and given.value not in names:
        meant = did_you_mean(given.value, names)
        given.place.wrong(f"{quoted(given.value)} is unknown; allowed: {listed(names)}{meant}")


def _check_channels(block: Block, known: Known) -> None:
    given = block.keys.get("channels")
    if given is None:
        return
    for name in (name for name in given.value if name not in known.channels):
        allowed = f"configured are: {listed(known.channels)}"
        if name in known.possible:
            allowed = f"add {name} to the top-level channels; {allowed}"
        meant = did_you_mean(name, known.channels)
        given.place.wrong(f"there is no channel {quoted(name)}; {allowed}{meant}")


def _check_settle(block: Block, defaults: Block) -> None:
    """Only what was written is compared: a longer `settle` alone takes `max_settle` along."""
    pair = {"settle", "max_settle"}
    if not pair & set(block.keys) or pair & (block.broken | defaults.broken):
        return
    longest = block.keys.get("max_settle") or defaults.keys.get("max_settle")
    quiet = block.keys.get("settle") or defaults.keys.get("settle")
    settle = quiet.value if quiet else _UNSET.settle
    if longest is None or longest.value >= settle:
        return
    culprit = block.keys.get("max_settle") or block.keys["settle"]
    rule = f"max_settle ({longest.value:g}s, {_origin(longest)}) is shorter than settle"
    culprit.place.wrong(f"{rule} ({settle:g}s, {_origin(quiet)}); it must be at least as long")


def _origin(given: Given | None) -> str:
    return str(given.place) if given else "the default"


def _check_paths(entries: Sequence[Block]) -> None:
    first: dict[str, Given] = {}
    for given in _paths(entries):
        real = os.path.realpath(given.value)
        earlier = first.setdefault(real, given)
        if earlier is not given:
            where = f"{earlier.place.key} ({earlier.place})"
            what = f"{quoted(str(given.value))} is the same directory as {where}"
            given.place.wrong(f"{what}; name each directory only once")


def _paths(entries: Sequence[Block]) -> Iterator[Given]:
    return (block.keys["path"] for block in entries if "path" in block.keys)


def _names(entries: Sequence[Block]) -> tuple[tuple[Block, str], ...]:
    """Each complete entry with its name: given, or the path's last part, or else the whole path."""
    complete = [block for block in entries if "path" in block.keys]
    short = [block.get("name") or default_name(block.get("path")) for block in complete]
    counts = Counter(short)
    named = tuple(
        (block, name if "name" in block.keys or counts[name] == 1 else _whole(block.get("path")))
        for block, name in zip(complete, short, strict=True)
    )
    _check_names(named)
    return named


def default_name(path: Path) -> str:
    """What a repository without a name is called."""
    return printable(os.fsencode(path.name or path))


def _whole(path: Path) -> str:
    return printable(os.fsencode(path))


def _check_names(named: Sequence[tuple[Block, str]]) -> None:
    first: dict[str, Block] = {}
    for block, name in named:
        earlier = first.setdefault(name, block)
        if earlier is block or not any("name" in one.keys for one in (earlier, block)):
            continue
        here = _name_or_path(block)
        there = _name_or_path(earlier)
        where = f"{there.place.key} ({there.place})"
        here.place.wrong(f"the name {quoted(name)} is taken by {where}; give it another name")


def _name_or_path(block: Block) -> Given:
    return block.keys.get("name") or block.keys["path"]


def settings_of(block: Block, defaults: Block, name: str) -> RepositorySettings:
    """The complete settings of one entry."""
    given: Mapping[str, Any] = {**defaults.values(), **block.values(), "name": name}
    values = dict(given)
    if "max_settle" not in given:
        values["max_settle"] = max(_UNSET.max_settle, given.get("settle", _UNSET.settle))
    if "env" in given:
        values["env"] = dict(given["env"])
    return RepositorySettings(**values)
