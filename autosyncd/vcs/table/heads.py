"""What a tool says of its last commit."""

import re
from datetime import UTC, datetime
from pathlib import Path

from autosyncd.vcs.base import CommitInfo
from autosyncd.vcs.table.tool import Tool

_FORMS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%a %Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S %Z",
    "%a %b %d %H:%M:%S %Z %Y",
    "%Y-%m-%d %H:%M:%S",
)

_UNIVERSAL = re.compile(r"\b(?:UTC|GMT)\b")


async def read_head(tool: Tool, folder: Path) -> CommitInfo | None:
    """The last commit of a working copy; None if the table does not say how to ask, or there is
    none."""
    return head_in(await tool.output(tool.table.head, folder), tool.table.head_line)


def head_in(text: str, form: str) -> CommitInfo | None:
    """The commit that the output of `head` tells of; a time that it does not tell is 0."""
    found = re.search(form, text, re.MULTILINE) if text else None
    if found is None:
        return None
    known = found.groupdict()
    subject = (known.get("subject") or "").strip()
    return CommitInfo(known["id"], _time(known.get("time") or ""), subject)


def _time(text: str) -> float:
    """Unix seconds of a time as tools print them; without a zone it is UTC. A zone has a number, or
    the name that it has here."""
    text = text.strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return float(text)
    for form in _FORMS:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put in below
        except ValueError:
            continue
        if "%Z" in form and not _UNIVERSAL.search(text):
            return moment.timestamp()
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return 0.0
