"""A commit's message is replaced, by the means that Mercurial itself has for rewriting."""

from __future__ import annotations

import re

from mercurial import cmdutil, context, error, phases, repair, scmutil
from mercurial.node import bin as node_of

from .reading import lost_parent, visible
from .writing import check_parent, hold, quiet

_OURS = re.compile(rb"^Autosync-Id: ", re.MULTILINE)


def reword(repo, commit, subject, expected, tip):
    """Make a commit again with another subject, and on it what was made on it.

    The manifests stay the very same, and so do the files of the working directory. Mercurial keeps
    the old commits in a bundle. Returns the new ids, or why it is `refused`.
    """
    with repo.ui.silent(), quiet(repo, hooks=False), repo.wlock(), repo.lock():
        check_parent(repo, expected)
        refused = _refusal(repo, commit, expected, tip)
        if refused:
            return {"refused": refused}
        made = {}
        with repo.transaction(b"autosync"):
            for rev in repo.revs(b"sort(%n::%n)", node_of(commit), node_of(expected)):
                old = repo[rev]
                message = _described(old, subject) if not made else old.description()
                made[old.node()] = _again(repo, old, made, message)
            hold(repo, expected, made[node_of(expected)].hex().decode())
            replaced = {old: [new.node()] for old, new in made.items()}
            _replace(repo, replaced, b"describe", fixphase=True)
        return {
            "commit": made[node_of(commit)].hex().decode(),
            "head": made[node_of(expected)].hex().decode(),
        }


def _replace(*arguments, **options):
    """Its name and place since Mercurial 7.2, or the one before."""
    replace = getattr(cmdutil, "cleanup_nodes", None) or scmutil.cleanupnodes
    replace(*arguments, **options)


def _refusal(repo, commit, expected, tip):
    try:
        old = repo[node_of(commit)]
    except (error.RepoError, error.Abort, ValueError):
        return "published"
    if old.rev() is None:  # 40 times `f` is the working directory
        return "published"
    here = repo.revs(b"%n::%n", old.node(), node_of(expected))
    if not here or old.phase() == phases.public:
        return "published"
    if tip and repo.unfiltered().revs(b"%n and ::present(%s)", old.node(), tip.encode()):
        return "published"
    if not _OURS.search(old.description()):
        return "by hand"
    if repo.revs(b"descendants(%n) - %ld", old.node(), here):
        return "built on"
    return None


def _described(old, subject):
    rest = old.description().partition(b"\n\n")[2]
    return subject.encode("utf-8", "replace") + b"\n\n" + rest


def _again(repo, old, made, message):
    parents = [made.get(parent.node(), parent) for parent in old.parents()]
    if len(parents) == 1:
        parents.append(repo[repo.nullid])
    again = context.metadataonlyctx(
        repo,
        old,
        parents=parents,
        text=message,
        user=old.user(),
        date=old.date(),
        extra=old.extra(),
    )
    override = {(b"phases", b"new-commit"): old.phase()}
    with repo.ui.configoverride(override, b"autosync"):
        return repo[repo.commitctx(again)]


def forget_reworded(repo, commit, head):
    """Take away what was made again with another subject, where that came to no end: the old
    commits, if the working directory is on new ones with the very same files. Returns whether."""
    with repo.ui.silent(), repo.wlock(), repo.lock():
        if not (visible(repo, commit) and visible(repo, head)) or lost_parent(repo):
            return False
        first, last = node_of(commit), node_of(head)
        chain = repo.revs(b"%n::%n", first, last)
        here = repo.revs(b"only(., %n)", last)
        same = any(repo[rev].manifestnode() == repo[last].manifestnode() for rev in here)
        drafts = all(repo[rev].phase() != phases.public for rev in chain)
        beyond = repo.revs(b"descendants(%n) - %ld", first, chain)
        if not (chain and same and drafts) or beyond:
            return False
        repair.strip(repo.ui, repo, [first], backup=True)
        return True


OPERATIONS = {"reword": reword, "forget_reworded": forget_reworded}
