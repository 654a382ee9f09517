"""What was: the automatic commits, the commits of a file, earlier versions, conflict copies."""

from __future__ import annotations

import re

from mercurial import error, scmutil
from mercurial.node import bin as node_of

from .reading import content_id, entry, info, raw, text

MOST_PATHS = 200
MERGER = b"autosync@merge"
_TRAILER = re.compile(rb"^Autosync-(Host|Id): *(.*)$", re.MULTILINE)
_ID = re.compile(rb"\.conflict-([0-9a-f]{8,40})")


def history(repo, path, below, limit):
    """The newest automatic commits below a folder, or all commits of one file."""
    found = []
    if path is not None:
        for context, _name in _commits_of(repo, raw(path)):
            if len(found) >= limit:
                break
            found.append(_past(context, context.files()))
        return found
    prefix = raw(below) + b"/" if below else b""
    for rev in repo.revs(b"reverse(::.)"):
        context = repo[rev]
        paths = [name for name in context.files() if name.startswith(prefix)]
        if len(found) >= limit:
            break
        if _automatic(context) and (paths or not prefix):
            found.append(_past(context, paths))
    return found


def _automatic(context):
    return bool(_TRAILER.search(context.description())) or MERGER in context.user()


def _past(context, paths):
    hosts = [value for key, value in _TRAILER.findall(context.description()) if key == b"Host"]
    return {
        "info": info(context),
        "host": hosts[-1].decode("utf-8", "replace").strip() if hosts else None,
        "paths": [text(path) for path in paths[:MOST_PATHS]],
        "more": max(0, len(paths) - MOST_PATHS),
    }


def _commits_of(repo, path):
    """The commits that changed a file, newest first, each with its name there."""
    for rev in repo.revs(b"reverse(::.)"):
        context = repo[rev]
        inside = path + b"/"
        if path not in context.files():
            if any(name.startswith(inside) for name in context.files()):
                yield context, path
            continue
        yield context, path
        if path in context and (source := context[path].copysource()):
            path = source


def begun_by_autosync(repo, commit):
    """Whether a history began with automatic commits, as it does when two machines start with
    clones of a repository that is still empty: both begin one, and those may be joined."""
    first = [repo[rev] for rev in repo.revs(b"roots(::%n)", node_of(commit))]
    return bool(first) and all(_TRAILER.search(root.description()) for root in first)


def version(repo, path, at):
    """The commit that had a file at a revision or at a time, and what the file was there."""
    commit = _commit_at(repo, at)
    return None if commit is None else _version(commit, _name_then(repo, raw(path), commit))


def folder(repo, path, at):
    """The commit at a revision or at a time, and the files that a folder had there, if any."""
    commit = _commit_at(repo, at)
    inside = raw(path) + b"/"
    files = [] if commit is None else [f for f in commit.manifest() if f.startswith(inside)]
    return {"commit": commit.hex().decode(), "files": list(map(text, files))} if files else None


def _commit_at(repo, at):
    if isinstance(at, str):
        return _revision(repo, at)
    for rev in sorted(repo.revs(b"::."), key=lambda rev: (-repo[rev].date()[0], -rev)):
        if repo[rev].date()[0] <= at:
            return repo[rev]
    return None


def _revision(repo, name):
    try:
        return scmutil.revsymbol(repo, b"." if name == "HEAD" else name.encode("utf-8"))
    except (error.RepoLookupError, error.Abort, error.RepoError):
        return None


def _name_then(repo, path, commit):
    """What a file was called when that commit was the newest."""
    for rev in repo.revs(b"reverse(::. - ::%d)", commit.rev()):
        if path in commit:
            break
        context = repo[rev]
        if path in context.files() and path in context:
            path = context[path].copysource() or path
    return path


def _version(commit, path):
    there = entry(commit, path)
    if there is None:
        return None
    return {"commit": commit.hex().decode(), "path": text(path), "entry": there}


def copies(repo, below):
    """The conflict copies that the working directory's parent has, with their contents' ids."""
    prefix = raw(below) + b"/" if below else b""
    parent = repo[b"."]
    return {
        text(path): entry(parent, path)
        for path in parent.manifest()
        if b".conflict-" in path and path.startswith(prefix)
    }


def origin(repo, path, digits):
    """The newest commit that made the version of a file whose content has this id."""
    log = repo.file(raw(path))
    for rev in range(len(log) - 1, -1, -1):
        node = log.node(rev)
        if content_id(log.read(node)).startswith(digits):
            context = repo[log.linkrev(rev)]
            return _past(context, ())
    return None


OPERATIONS = {
    "begun_by_autosync": begun_by_autosync,
    "history": history,
    "version": version,
    "folder": folder,
    "copies": copies,
    "origin": origin,
}
