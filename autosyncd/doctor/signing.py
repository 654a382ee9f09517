"""Whether commits can be signed, where git's configuration says that they are."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace

from autosyncd.api.types import Finding
from autosyncd.doctor.subject import Subject
from autosyncd.errors import AutosyncError
from autosyncd.vcs.git.authoring import Author


async def check_signing(subject: Subject) -> Sequence[Finding]:
    """Sign a commit of nothing that is kept nowhere: its object database is a passing folder."""
    if not subject.config.true("commit.gpgsign"):
        return ()
    with tempfile.TemporaryDirectory(prefix="autosync-sign-") as folder:
        environment = {
            **subject.environment,
            "GIT_OBJECT_DIRECTORY": folder,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.fspath(subject.layout.objects),
        }
        git = replace(subject.git, environment=environment)
        try:
            await Author(git, signs=True).commit(subject.layout.empty_tree, (), b"a try\n")
        except AutosyncError as error:
            return (subject.problem(error.message, error.hint),)
    return (subject.ok("commits can be signed"),)
