"""Mercurial, as the backends' contract tests it."""

import shutil
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from autosyncd.vcs.base import Backend
from autosyncd.vcs.hg.backend import HgBackend
from tests.vcs.contract.subject import Can
from tests.vcs.hg.hg_world import Template, hg


class HgSubject:
    """The real hg. Each start of it takes long, so repositories are made once, and copied."""

    name = "hg"
    tools = ("hg",)
    quick = False
    can = Can(newlines=False, passes_by=False)

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}
        self._made: dict[str, Template] = {}

    @cached_property
    def _folder(self) -> "tempfile.TemporaryDirectory[str]":
        return tempfile.TemporaryDirectory(prefix="hg-templates-", ignore_cleanup_errors=True)

    def backend(self) -> Backend:
        return HgBackend()

    def share(self, place: Path, files: Mapping[bytes, bytes]) -> str:
        shared, key = place / "shared", repr(sorted(files.items()))
        if key not in self._templates:
            made = Path(self._folder.name) / str(len(self._templates))
            self._templates[key] = Template.make(made, files)
        shutil.copytree(self._templates[key].shared, shared)
        self._made[str(shared)] = self._templates[key]
        return str(shared)

    def check_out(self, address: str, folder: Path) -> None:
        self._made[address].check_out(address, folder)

    def publish(self, folder: Path) -> None:
        hg(folder, "addremove", "-q", "--similarity", "0")
        hg(folder, "commit", "-q", "-m", "by hand")
        hg(folder, "push", "-q")

    def unplug(self, address: str) -> None:
        Path(address).rename(address + ".unplugged")

    def ignore(self, folder: Path, name: str) -> None:
        rules = folder / ".hg" / "hgignore"
        rules.write_text(f"syntax: rootglob\n{name}\n")
        with (folder / ".hg" / "hgrc").open("a") as hgrc:
            hgrc.write(f"\n[ui]\nignore = {rules}\n")

    def unfinished(self, folder: Path) -> str:
        second = (folder / ".hg" / "dirstate").read_bytes()[20:40].strip(b"\0")
        merging = "merging " if second or (folder / ".hg" / "merge").exists() else ""
        return merging + hg(folder, "status").decode("utf-8", "replace")
