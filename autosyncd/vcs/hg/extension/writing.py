"""Commits of given contents, and the working directory's parent, without touching a file of it."""

from __future__ import annotations

import contextlib
import inspect
import os

from mercurial import context, error, phases, repair
from mercurial.node import bin as node_of

from .reading import LINK, PROGRAM, at, info, lost_parent, raw

TOKEN = b"autosync"
_HOOKS = (b"precommit", b"pretxncommit", b"commit")


def commit_live(repo, expected, files, message, token, hooks, user=None):
    """Commit these files on top of the working directory's parent, which it then holds.

    `files` maps each path to None or to the file with its content, its mode, and the path it was
    moved from. Returns what it is; raises if the parent is not `expected`.
    """
    with quiet(repo, hooks), repo.wlock(), repo.lock():
        check_parent(repo, expected)
        if hooks:
            parents = {"parent1": (expected or "").encode(), "parent2": b""}
            repo.hook(b"precommit", throw=True, **parents)
        extra = {TOKEN: token.encode(), b"branch": repo.dirstate.branch()}
        author = user.encode() if user else repo.ui.username()
        with repo.transaction(b"autosync"):
            made = _commit(repo, (expected, None), files, message, author, None, extra)
            hold(repo, expected, made.hex().decode())
        if hooks:
            repo.hook(b"commit", node=made.hex(), parent1=(expected or "").encode(), parent2=b"")
        return info(made)


def commit(repo, parents, files, message, user, date, branch):
    """Make a commit that no working directory holds; the same one for the same arguments.

    `files` maps each path that differs from the first parent to None, to the file with its
    content and its mode, or to the commit that has it. None stands for a date of now.
    """
    with quiet(repo, hooks=False), repo.lock(), repo.transaction(b"autosync"):
        extra = {b"branch": branch.encode("utf-8")}
        when = None if date is None else (date, 0)
        author = user.encode("utf-8") if user else repo.ui.username()
        made = _commit(repo, parents, files, message, author, when, extra)
        return made.hex().decode()


def _commit(repo, parents, files, message, user, date, extra):
    nodes = [node_of(parent) if parent else repo.nullid for parent in parents]
    wanted = {raw(path): source for path, source in files.items()}

    def content(repo, commit, path):
        source = wanted[path]
        return None if source is None else _file(repo, commit, path, source)

    made = context.memctx(
        repo, nodes, message.encode("utf-8", "replace"), sorted(wanted), content, user, date, extra
    )
    return repo[repo.commitctx(made)]


def _file(repo, commit, path, source):
    if "commit" in source:
        old = at(repo, source["commit"])[raw(source["path"])]
        data, flags = old.data(), old.flags()
    else:
        with open(os.fsencode(source["file"]), "rb") as file:
            data = file.read()
        flags = {LINK: b"l", PROGRAM: b"x"}.get(source["mode"], b"")
    if "mode" in source:
        flags = {LINK: b"l", PROGRAM: b"x"}.get(source["mode"], b"")
    moved = source.get("moved")
    return context.memfilectx(
        repo, commit, path, data, b"l" in flags, b"x" in flags, raw(moved) if moved else None
    )


@contextlib.contextmanager
def quiet(repo, hooks):
    """Without the hooks of commits, unless they are wanted."""
    names = [] if hooks else [name for name, _ in repo.ui.configitems(b"hooks")]
    off = {(b"hooks", name): b"" for name in names if name.split(b".")[0] in _HOOKS}
    with repo.ui.configoverride(off, b"autosync"):
        yield


def check_parent(repo, expected):
    """Raise unless the working directory is where it was seen last, and in no merge."""
    first, second = repo.dirstate.parents()
    there = None if first == repo.nullid else repo[first].hex().decode()
    if second != repo.nullid or there != expected or lost_parent(repo):
        raise error.Abort(b"autosync: the working directory has another parent by now")


def settle(repo, old, new):
    """The working directory holds `new` now instead of `old`; no file is touched."""
    with repo.wlock(), repo.lock(), repo.transaction(b"autosync"):
        check_parent(repo, old)
        hold(repo, old, new)
    return True


def hold(repo, old, new):
    """Note that the working directory holds `new` now instead of `old`, in a transaction."""
    before, after = at(repo, old), at(repo, new)
    paths = before.manifest().diff(after.manifest())
    with _changing_parents(repo):
        repo.setparents(after.node())
        repo.dirstate.setbranch(after.branch(), *_transaction(repo))
        for path in paths:
            there = path in after
            repo.dirstate.update_file(path, there, there, possibly_dirty=True)
    active = repo._activebookmark
    if active and repo._bookmarks.get(active, repo.nullid) == before.node():
        changes = [(active, after.node())]
        repo._bookmarks.applychanges(repo, repo.currenttransaction(), changes)


def _transaction(repo):
    """Mercurial 6.4 and later write the branch together with the rest."""
    takes = inspect.signature(repo.dirstate.setbranch).parameters
    return (repo.currenttransaction(),) if "transaction" in takes else ()


def _changing_parents(repo):
    """Its name since Mercurial 6.4, or the one before."""
    dirstate = repo.dirstate
    if hasattr(dirstate, "changing_parents"):
        return dirstate.changing_parents(repo)
    return dirstate.parentchange()


def roll_forward(repo, token):
    """Finish a commit whose process died between making it and noting that the tree holds it."""
    if not token:
        return None
    with repo.wlock(), repo.lock():
        first, second = repo.dirstate.parents()
        if second != repo.nullid or lost_parent(repo):
            return None
        old = None if first == repo.nullid else repo[first].hex().decode()
        for child in repo.revs(b"children(%n) and head() and draft()", first):
            if repo[child].extra().get(TOKEN) == token.encode():
                new = repo[child].hex().decode()
                with repo.transaction(b"autosync"):
                    hold(repo, old, new)
                return new
    return None


def export(repo, commit, files):
    """Write the versions that a commit has at paths to files that do not exist yet."""
    source = at(repo, commit)
    for path, target in files:
        file = source[raw(path)]
        if b"l" in file.flags():
            os.symlink(file.data(), os.fsencode(target))
            continue
        mode = 0o777 if b"x" in file.flags() else 0o666
        descriptor = os.open(os.fsencode(target), os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        with os.fdopen(descriptor, "wb") as out:
            out.write(file.data())
    return True


def drop(repo, commit):
    """Take back a merge of ours that nobody needs, so that no head stays behind.

    Only if it is the newest commit, has not been pushed, and nothing points to it; else it is made
    secret, so that it is never pushed. Returns whether it is gone.
    """
    with repo.wlock(), repo.lock():
        node = node_of(commit)
        if node not in repo:
            return True
        found = repo[node]
        if found.phase() == phases.public or found.children() or node in repo.dirstate.parents():
            return False
        if found.bookmarks() or found.rev() != len(repo) - 1:
            with repo.transaction(b"autosync") as transaction:
                phases.retractboundary(repo, transaction, phases.secret, [node])
            return False
        repair.strip(repo.ui, repo, [node], backup=False)
        return True


def publishable(repo, commit):
    """Take back that a merge of ours is secret; its parents' phases still count."""
    with repo.lock(), repo.transaction(b"autosync") as transaction:
        node = node_of(commit)
        if repo[node].phase() == phases.secret:
            parents = [parent.phase() for parent in repo[node].parents()]
            if phases.secret not in parents:
                phases.advanceboundary(repo, transaction, phases.draft, [node])
    return True


OPERATIONS = {
    "commit_live": commit_live,
    "commit": commit,
    "settle": settle,
    "roll_forward": roll_forward,
    "export": export,
    "drop": drop,
    "publishable": publishable,
}
