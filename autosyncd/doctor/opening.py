"""Opening a repository for looking only: nothing in it is mended, moved or written."""

from autosyncd.doctor.subject import Entry, House, Subject
from autosyncd.vcs.git.command import Git
from autosyncd.vcs.git.discover import control_entry, discover
from autosyncd.vcs.git.elsewhere import Elsewhere
from autosyncd.vcs.git.refs import branch_ref, current_branch, read_refs
from autosyncd.vcs.git.settings import parse_config
from autosyncd.vcs.git.upstream import choose_upstream


def is_git(entry: Entry) -> bool:
    """Whether git is what its worker uses, or would use."""
    settings = entry.settings
    if settings.vcs == "auto":
        return control_entry(settings.path) is not None
    return settings.vcs == "git"


async def open_for_looking(entry: Entry, house: House) -> Subject:
    """The repository as git finds it; raises NeedsUserError, with the cure, if it does not."""
    settings = entry.settings
    environment = {**house.environment, **settings.env}
    git, layout = await discover(settings.path, house.slots, environment)
    config = parse_config(await git.output("config", "--includes", "--list", "-z"))
    branch = await current_branch(git, layout)
    ref = branch_ref(branch) if branch else ""
    found = (await read_refs(git, ref)).get(ref) if branch else None
    upstream = choose_upstream(config, settings.remote, branch or "")
    wanted = settings.pulls or settings.pushes
    name = upstream.remote if upstream and upstream.known and wanted else None
    place = Elsewhere(await _url(git, name), git, config) if name else None
    return Subject(
        entry, git, layout, config, branch, found.commit.id if found else None, name, place
    )


async def _url(git: Git, remote: str) -> str:
    """The URL as git uses it, `insteadOf` and the like applied."""
    return await git.line("remote", "get-url", remote)
