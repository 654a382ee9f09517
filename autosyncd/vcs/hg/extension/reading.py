"""What a repository holds: where it stands, what differs, which contents are where."""

from __future__ import annotations

import hashlib
import os
import stat

from mercurial import error, mdiff, simplemerge
from mercurial import match as matching
from mercurial.node import bin as node_of
from mercurial.utils import stringutil

PLAIN, PROGRAM, LINK = "100644", "100755", "120000"
_MODES = {b"": PLAIN, b"x": PROGRAM, b"l": LINK}
NULL = "0" * 40


def text(path):
    """A path as JSON has it."""
    return path.decode("latin-1")


def raw(path):
    """A path as Mercurial has it."""
    return path.encode("latin-1")


def at(repo, commit):
    """The commit with this id; None is the empty one."""
    return repo[node_of(commit or NULL)]


def entry(context, path):
    """What a commit has at a path: a mode as git has it, and the id git would give the content."""
    if path not in context:
        return None
    file = context[path]
    return [_MODES.get(file.flags(), PLAIN), content_id(file.data())]


def content_id(data):
    """The id of a blob (gitformat-loose); ids of contents are the same with every tool."""
    digest = hashlib.sha1(b"blob %d\0" % len(data))  # noqa: S324 - not a matter of security
    digest.update(data)
    return digest.hexdigest()


def standing(repo, tip):
    """Where the working directory stands to `tip`, what the remote has.

    What was rewritten here, and is hidden, counts as there, and is not waited for.
    """
    first, second = repo.dirstate.parents()
    if second != repo.nullid:
        return {"merging": True}
    if gone := lost_parent(repo):
        return {"merging": False, "lost": gone}
    here = repo[first]
    pushable = [repo[rev] for rev in repo.revs(b"heads(::%n and not secret())", first)]
    public = [repo[rev].hex().decode() for rev in repo.revs(b"max(::%n and public())", first)]
    whole = repo.unfiltered()
    shown = tip or (public[0] if public else NULL)
    there = node_of(shown) if known(repo, shown) else repo.nullid
    return {
        "merging": False,
        "head": None if here.rev() < 0 else here.hex().decode(),
        "branch": stringutil.forcebytestr(repo.dirstate.branch()).decode("utf-8", "replace"),
        "bookmark": (repo._activebookmark or b"").decode("utf-8", "replace"),
        "pushable": [context.hex().decode() for context in pushable],
        "public": public[0] if public else None,
        "ahead": len(whole.revs(b"only(%n, %n) and not secret()", first, there)),
        "secret": len(whole.revs(b"only(%n, %n) and secret()", first, there)),
        "behind": len(whole.revs(b"only(%n, %n) and not obsolete()", there, first)),
        "last": None if here.rev() < 0 else info(here),
    }


def lost_parent(repo):
    """The commit that the files are of, where it is not in the store any more: Mercurial then takes
    the working directory for one that has no commit, and a commit would begin another history."""
    first = repo.dirstate._pl[0]
    if first == repo.nullid or repo.unfiltered().changelog.hasnode(first):
        return None
    return first.hex()


def known(repo, commit):
    """Whether a commit is here, if only hidden since it was rewritten."""
    return visible(repo.unfiltered(), commit)


def visible(repo, commit):
    """Whether a commit is here, and was not rewritten."""
    try:
        return node_of(commit) in repo
    except (error.RepoError, error.Abort):
        return False


def contains(repo, ancestor, descendant):
    """Whether one commit is the other, or one of its ancestors; or has all of it that was not
    rewritten since."""
    both = node_of(ancestor), node_of(descendant)
    return not repo.unfiltered().revs(b"only(%n, %n) and not obsolete()", *both)


def lacking(repo, commit, tip):
    """How many commits that may be pushed `commit` has and `tip` has not, and which to push."""
    there = node_of(tip) if tip and known(repo, tip) else repo.nullid
    repo = repo.unfiltered()
    wanted = b"only(%n, %n) and not secret()"
    revs = repo.revs(wanted, node_of(commit), there)
    heads = repo.revs(b"heads(" + wanted + b")", node_of(commit), there)
    return {"number": len(revs), "heads": [repo[rev].hex().decode() for rev in heads]}


def info(context):
    """A commit's id, time in Unix seconds and subject."""
    message = context.description().decode("utf-8", "replace")
    lines = message.splitlines()
    return [context.hex().decode(), float(context.date()[0]), lines[0] if lines else ""]


def status(repo, paths):
    """What differs from the working directory's parent at or below paths, or everywhere."""
    patterns = [b"path:" + raw(path) for path in paths or ()]
    chosen = matching.match(
        repo.root, repo.root, patterns, default=b"path", badfn=lambda _file, _message: None
    )
    folders = set()
    chosen.traversedir = folders.add
    found = repo.status(match=chosen, unknown=True)
    parent = repo[b"."]
    changed = list(found.modified)
    gone = [path for path in found.deleted if path in parent]
    for path in found.removed:
        if not os.path.lexists(repo.wjoin(path)):
            gone.append(path)
        elif _differs(repo, parent, path):
            changed.append(path)
    return {
        "modified": [text(path) for path in changed],
        "added": [text(path) for path in (*found.added, *found.unknown)],
        "deleted": [text(path) for path in gone],
        "tracked": [text(path) for path in found.added],
        "repositories": [text(path) for path in sorted(folders) if _is_repository(repo, path)],
    }


def _is_repository(repo, folder):
    """Whether a folder is another Mercurial repository, of which the list above has nothing."""
    inside = folder.strip(b"/")
    if not inside or not os.path.lexists(repo.wjoin(inside + b"/.hg")):
        return False
    return not ignored(repo, text(inside))


def _differs(repo, parent, path):
    """Whether a file that the user took out of the list is still there, in another version."""
    full = repo.wjoin(path)
    mode = os.lstat(full).st_mode
    if stat.S_ISLNK(mode):
        return entry(parent, path) != [LINK, content_id(os.readlink(full))]
    if not stat.S_ISREG(mode):
        return True
    with open(full, "rb") as file:
        now = [PROGRAM if mode & stat.S_IXUSR else PLAIN, content_id(file.read())]
    return entry(parent, path) != now


def entries(repo, commit, paths):
    """What a commit has at these paths."""
    context = at(repo, commit)
    found = {path: entry(context, raw(path)) for path in paths}
    return {path: there for path, there in found.items() if there}


def roots(repo):
    """The first commits of the history."""
    return [repo[rev].hex().decode() for rev in repo.revs(b"roots(::.)") if rev >= 0]


def branch_of(repo, commit):
    """The named branch that a commit is on."""
    return at(repo, commit).branch().decode("utf-8", "replace")


def ignored(repo, path):
    """Whether the user's rules cover a path that is not tracked."""
    name = raw(path)
    covers = repo.dirstate._ignore
    parts = name.split(b"/")
    return any(covers(b"/".join(parts[:depth])) for depth in range(1, len(parts) + 1))


def count(repo, below):
    """How many files the parent of the working directory has at or below a folder."""
    prefix = raw(below) + b"/" if below else b""
    return sum(path.startswith(prefix) for path in repo[b"."].manifest())


def difference(repo, old, new):
    """What two commits hold at each path where they differ."""
    before, after = at(repo, old), at(repo, new)
    return _difference(before, after)


def _difference(before, after):
    paths = sorted(before.manifest().diff(after.manifest()))
    return [[text(p), entry(before, p), entry(after, p)] for p in paths]


def compare(repo, left, right):
    """The base of two commits, what each changed since, and which branch a merge is on."""
    sides = at(repo, left), at(repo, right)
    heads = repo.changelog.commonancestorsheads(sides[0].node(), sides[1].node())
    base = repo[min(heads)] if heads else repo[repo.nullid]
    return {
        "base": base.hex().decode(),
        "left": _difference(base, sides[0]),
        "right": _difference(base, sides[1]),
        "date": max(side.date()[0] for side in sides),
        "branch": min(side.branch() for side in sides).decode("utf-8", "replace"),
    }


def times(repo, left, right, paths):
    """When each side last changed the paths since what both have; merges do not count."""
    wanted = {raw(path) for path in paths}
    found = []
    for side, other in ((left, right), (right, left)):
        dates = {}
        for rev in repo.revs(b"only(%n, %n) and not merge()", node_of(side), node_of(other)):
            context = repo[rev]
            for path in wanted.intersection(context.files()):
                key = text(path)
                dates[key] = max(dates.get(key, 0), int(context.date()[0]))
        found.append(dates)
    return found


def texts(repo, base, left, right, paths, folder):
    """Merge the lines of files that both sides changed; the merged ones are written to the folder.

    Returns for each path that could be merged without a conflict the file and its content's id.
    """
    contexts = [at(repo, commit) for commit in (base, left, right)]
    merged = {}
    for number, path in enumerate(paths):
        sides = [context[raw(path)].data() for context in contexts]
        lines = (
            None if any(map(stringutil.binary, sides)) else _merged_lines(*sides, favour_left=False)
        )
        if lines is None:
            continue
        file = os.path.join(os.fsencode(folder), b"text-%d" % number)
        with open(file, "wb") as out:
            out.write(lines)
        merged[path] = [os.fsdecode(file), content_id(lines)]
    return merged


def _merged_lines(base, left, right, favour_left):
    lines = []
    for kind, group in simplemerge.Merge3Text(base, left, right).merge_groups():
        if kind == b"conflict" and not favour_left:
            return None
        lines += group[1] if kind == b"conflict" else group
    return b"".join(lines)


def lines(repo, path, versions, favour_left, file):
    """Merge the lines of three versions of a file, base, left and right, each named by its content;
    where both changed the same ones there is no result, or the left side's lines stand.

    Returns the content's id, or None; the content is in the file.
    """
    sides = [_version(repo, raw(path), version) for version in versions]
    if None in sides or any(map(stringutil.binary, sides)):
        return None
    merged = _merged_lines(*sides, favour_left=favour_left)
    if merged is None:
        return None
    with open(os.fsencode(file), "wb") as out:
        out.write(merged)
    return content_id(merged)


def content(repo, path, version, file):
    """Write the version of a file that has this content's id."""
    with open(os.fsencode(file), "wb") as out:
        out.write(_version(repo, raw(path), version))
    return True


def _version(repo, path, oid):
    log = repo.file(path)
    for rev in range(len(log) - 1, -1, -1):
        data = log.read(log.node(rev))
        if content_id(data) == oid:
            return data
    return None


def unified(repo, path, copy):
    """How two files on disk differ, as a unified diff; what is not there is empty."""
    sides = [_on_disk(repo.wjoin(raw(name))) for name in (path, copy)]
    if sides[0] == sides[1]:
        return ""
    names = [raw(path), raw(copy)]
    if any(map(stringutil.binary, sides)):
        return text(b"Binary files a/%s and b/%s differ\n" % tuple(names))
    wanted = mdiff.diffopts(nodates=True, noprefix=True)
    headers, hunks = mdiff.unidiff(sides[0], b"", sides[1], b"", *names, binary=False, opts=wanted)
    body = b"".join(line for _where, group in hunks for line in group)
    return text(b"\n".join([*headers, body]) if body else b"")


def _on_disk(full):
    try:
        if os.path.islink(full):
            return os.readlink(full)
        with open(full, "rb") as file:
            return file.read()
    except OSError:
        return b""


OPERATIONS = {
    "standing": standing,
    "known": known,
    "visible": visible,
    "contains": contains,
    "lacking": lacking,
    "status": status,
    "entries": entries,
    "roots": roots,
    "branch_of": branch_of,
    "ignored": ignored,
    "count": count,
    "difference": difference,
    "compare": compare,
    "times": times,
    "texts": texts,
    "lines": lines,
    "content": content,
    "unified": unified,
}
