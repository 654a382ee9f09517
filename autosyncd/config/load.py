"""Finds the configuration, and returns it whole or says everything that is wrong with it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from autosyncd.api.locate import config_candidates
from autosyncd.config.files import Reader
from autosyncd.config.model import Config
from autosyncd.config.repositories import Known, repositories
from autosyncd.config.schema import CHANNELS, TOP
from autosyncd.config.sections import channels, control, tools
from autosyncd.config.structures import Block
from autosyncd.config.table_checks import check_tools
from autosyncd.config.wording import one_line, quoted
from autosyncd.errors import ConfigError


def find(given: str | None, *, environment: Mapping[str, str], home: Path) -> Path | None:
    """The configuration file to read, by the contract's order; None if there is none at all.

    Raises ConfigError if a file was named and is not there.
    """
    if given is not None:
        return _named("--config", given, home)
    if variable := environment.get("AUTOSYNC_CONFIG"):
        return _named("AUTOSYNC_CONFIG", variable, home)
    candidates = config_candidates(environment, home=home)
    return next((path for path in candidates if _present(path)), None)


def load(
    file: Path | None,
    *,
    paths: Sequence[Path] = (),
    environment: Mapping[str, str],
    home: Path,
) -> Config:
    """Read FILE and the files in `autosync.d` beside it; `paths` are added with the defaults.

    Raises ConfigError with every mistake in all of them.
    """
    reader = Reader(environment, home)
    main = reader.file(file, TOP) if file else reader.nothing()
    drop_ins = reader.drop_ins(file) if file else ()
    top = main or reader.nothing()
    blocks = [top, *(block for block in drop_ins if block)]
    entries = [entry.value for block in blocks for entry in block.get("repositories") or ()]
    entries.extend(reader.command_line(paths))
    found = repositories(entries, top.block("defaults"), _known(main))
    check_tools(top.block("vcs"))
    reader.problems.raise_if_any()
    return Config(
        repositories=found,
        channels=channels(top.block("channels")),
        desktop=top.block("notifications").get("desktop") or "all",
        control=control(top.block("control")),
        vcs=tools(top.block("vcs")),
        file=reader.sources[0] if file else None,
        sources=tuple(reader.sources),
    )


def _known(main: Block | None) -> Known | None:
    """What entries may refer to; None where that can't be told since it could not be read."""
    if main is None or main.broken & {"vcs", "channels"}:
        return None
    return Known(
        tools=_names(main.block("vcs")),
        channels=tuple(name for name in _names(main.block("channels")) if name in CHANNELS.names),
        possible=CHANNELS.names,
    )


def _names(block: Block) -> tuple[str, ...]:
    """All keys that were given, also those with a mistake in them: it is reported already."""
    return (*block.keys, *sorted(block.broken))


def _named(by: str, text: str, home: Path) -> Path:
    path = home / text[2:] if text.startswith("~/") else Path(text)
    if not text or not _present(path):
        what = f"{by} names {quoted(text)}, and there is no such file; create it or name another"
        raise ConfigError((one_line(f"{text or by}:1: {what}"),))
    return path


def _present(path: Path) -> bool:
    """Whether something is there, readable or not: what can't be read is a mistake to report."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
