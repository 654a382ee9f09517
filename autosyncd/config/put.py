"""Writing configuration files: each in one instant, and never over somebody else's."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from autosyncd.errors import AutosyncError

MOST_TRIES = 1000

Version = tuple[int, int, int, int]
"""By which a version of a file is recognised: inode, size, times of writing and of change."""


def create(file: Path, text: str) -> None:
    """Write a new file; raises FileExistsError if there is one, with nothing changed."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _draft(file, text, 0o600) as draft:
        os.link(draft, file)
    _sync_folder(file.parent)


def create_beside(folder: Path, stem: str, text: str) -> Path:
    """Write a new file STEM.yaml, or STEM-2.yaml and so on, whichever is free."""
    for number in range(1, MOST_TRIES):
        file = folder / (f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml")
        try:
            create(file, text)
        except FileExistsError:
            continue
        except OSError as error:
            raise cannot_write(file, error) from error
        return file
    raise AutosyncError(f"cannot write {folder}/{stem}.yaml: there are too many of that name")


def read(file: Path) -> tuple[str, Version]:
    """A file's text, odd bytes kept, and by what its version is recognised."""
    try:
        seen = _version(file.stat())
        return file.read_bytes().decode("utf-8", "surrogateescape"), seen
    except OSError as error:
        raise AutosyncError(f"cannot read {file}: {error.strerror}") from error


def replace(file: Path, text: str, seen: Version) -> None:
    """Write a file's next version over the one that was `seen`, through symbolic links, with its
    mode; raises AutosyncError if somebody changed it meanwhile, or it can't be written."""
    try:
        real = file.resolve(strict=True)
        status = real.stat()
        with _draft(real, text, status.st_mode & 0o7777) as draft:
            with contextlib.suppress(PermissionError):
                os.chown(draft, status.st_uid, status.st_gid)
            if _version(real.stat()) != seen:
                raise AutosyncError(
                    f"cannot write {file}: somebody changed it just now", hint="try again"
                )
            draft.replace(real)
        _sync_folder(real.parent)
    except OSError as error:
        raise cannot_write(file, error) from error


def delete(file: Path, seen: Version) -> None:
    """Delete the version of a file that was `seen`."""
    try:
        if _version(file.stat()) != seen:
            raise AutosyncError(
                f"cannot delete {file}: somebody changed it just now", hint="try again"
            )
        file.unlink()
        _sync_folder(file.parent)
    except OSError as error:
        raise cannot_write(file, error) from error


def cannot_write(file: Path, error: OSError) -> AutosyncError:
    """The reason in words."""
    return AutosyncError(
        f"cannot write {file}: {error.strerror}", hint="let the user of autosyncd write there"
    )


@contextlib.contextmanager
def _draft(file: Path, text: str, mode: int) -> Iterator[Path]:
    """A complete file beside `file`, on the disk; the configuration passes by such names."""
    draft = file.with_name(f".{secrets.token_hex(6)}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(text.encode("utf-8", "surrogateescape"))
            out.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _version(status: os.stat_result) -> Version:
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
