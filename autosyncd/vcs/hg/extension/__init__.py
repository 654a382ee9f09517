"""What Mercurial has no command for; loaded by Mercurial itself, with its own Python.

Mercurial merges and commits in the working directory, where edits race with it. This extension
makes commits of contents that are given to it, without looking at the working directory, by the
interface that Mercurial's own converters use (`memctx`); and it tells Mercurial which commit the
working directory holds now, without touching a file. Nothing else of autosync is imported here.

`hg autosync-ask FILE` reads one request as JSON, `{"do": NAME, "with": {…}}`, and puts the answer
in its place, also as JSON: users' hooks may print what they like. Paths are bytes read as Latin-1,
commits are 40 hex digits.
"""

from __future__ import annotations

import json

from mercurial import registrar

from . import ignoring, past, reading, rewording, writing

testedwith = b"6.3 7.2"
cmdtable = {}
command = registrar.command(cmdtable)

MODULES = (reading, ignoring, past, writing, rewording)
OPERATIONS = {name: do for module in MODULES for name, do in module.OPERATIONS.items()}


@command(b"autosync-ask", [], b"FILE")
def ask(_ui, repo, file):
    """Do what the request in a file asks for, and write the answer there."""
    with open(file, "rb") as request:
        asked = json.load(request)
    answer = OPERATIONS[asked["do"]](repo, **asked["with"])
    with open(file, "w") as out:
        json.dump(answer, out)
