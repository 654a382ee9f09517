"""Whether git knows in whose name to commit."""

from collections.abc import Sequence

from autosyncd.api.types import Finding
from autosyncd.doctor.subject import Subject


async def check_identity(subject: Subject) -> Sequence[Finding]:
    """Ask git itself, as it is asked for every commit."""
    finished = await subject.git.run("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    if not finished.returncode:
        return ()
    return (
        subject.problem(
            "git does not know who you are, so that nothing can be committed",
            '`git config --global user.name "Your Name" && '
            "git config --global user.email you@example.org`",
        ),
    )
