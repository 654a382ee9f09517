"""The rules by which Mercurial leaves paths alone: as the regular expressions that it makes of
them itself, and the files that it reads them from."""

from __future__ import annotations

import os

from mercurial import error, extensions
from mercurial import match as matching

from .reading import at, known, text

_INCLUDE = b"include:"
_END = b"(?:/|$)"
"""What follows a name that is ignored with all below it."""


def ignore_rules(repo):
    """The expressions, each with what must precede it in a path, the rule files, also those that do
    not exist yet, and the files that the settings came from."""
    files = dict.fromkeys([repo.wjoin(b".hgignore"), *repo.dirstate._ignorefiles()])

    def noting(read, file, *arguments, **options):
        files[file] = None
        return read(file, *arguments, **options)

    there = [_INCLUDE + file for file in files if os.path.exists(file)]
    try:
        with extensions.wrappedfunction(matching, "readpatternfile", noting):
            expressions = list(_expressions(repo.root, b"", there, set()))
    except (error.Abort, RecursionError):  # `hg status` says what is wrong with them
        expressions = []
    return {
        "expressions": [[text(prefix), text(expression)] for prefix, expression in expressions],
        "files": [text(os.path.join(repo.root, file)) for file in files],
        "settings": [text(file) for file in _settings(repo)],
    }


def _expressions(root, prefix, includes, seen):
    """Those of files that are included, and of others that hold for one folder alone."""
    patterns = matching._donormalize(includes, b"glob", root, b"", None, None)
    inner, patterns = matching._expandsubinclude(patterns, root)
    for kind, pattern, _source in patterns:
        yield prefix, matching._regex(kind, pattern, _END)
    for below, (folder, _cwd, _patterns, included) in inner:
        if (folder, *included) not in seen:
            seen.add((folder, *included))
            yield from _expressions(folder, prefix + below, included, seen)


def _settings(repo):
    """The files that the settings came from."""
    found = dict.fromkeys([repo.vfs.join(b"hgrc"), repo.vfs.join(b"hgrc-not-shared")])
    for section, name, _value in repo.ui.walkconfig():
        file = repo.ui.configsource(section, name).rpartition(b":")[0]
        if file.startswith(b"/"):
            found[file] = None
    return found


def tracked(repo, since, file):
    """Write what is tracked to a file, or only what is tracked in addition to the commit `since`;
    returns the commit that the working directory is at."""
    parent = repo[b"."]
    if since is None or not known(repo, since):
        names = list(repo.dirstate)
    else:
        changed = at(repo, since).manifest().diff(parent.manifest())
        names = [name for name, (old, new) in changed.items() if not old[0] and new[0]]
        names += [name for name, entry in repo.dirstate._map.items() if entry.added]
    with open(os.fsencode(file), "wb") as out:
        out.write(b"\0".join(names))
    return parent.hex().decode()


OPERATIONS = {"ignore_rules": ignore_rules, "tracked": tracked}
