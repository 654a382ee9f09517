"""Counts what the remote and we have more than the other, as the tool lists it."""

from autosyncd.config.model import Commands
from autosyncd.errors import RejectedError
from autosyncd.vcs.table.listing import matching
from autosyncd.vcs.table.position import Position


async def count_both(position: Position) -> None:
    """How many commits each side has more."""
    table = position.tool.table
    forms = (table.incoming_line, table.outgoing_line)
    text = await _ask(position, table.incoming, *forms)
    position.behind = _number(text, table.incoming_line)
    tips = matching(text, table.tip_line) if table.tip_line else []
    position.theirs = tips[0]["id"] if tips else ""
    if table.outgoing:
        if table.outgoing != table.incoming:
            text = await _ask(position, table.outgoing, table.outgoing_line)
        position.ahead = _number(text, table.outgoing_line)
    last = position.last
    position.tip = last.id if last and not position.behind else None


async def check_tip(position: Position, *, known: int) -> None:
    """Raise RejectedError where the remote has more than the `known` commits, and the tool would
    not mind."""
    table = position.tool.table
    if not table.fetch:
        return
    values = position.values()
    await position.tool.output(table.fetch, position.root, values, network=True)
    text = await _ask(position, table.incoming, table.incoming_line)
    if _number(text, table.incoming_line) > known:
        raise RejectedError("the remote has moved meanwhile")


async def _ask(position: Position, commands: Commands, *forms: str) -> str:
    """What the commands print; some tools end with another exit code where there is something."""
    tool, printed = position.tool, []
    for words in tool.commands(commands, position.values()):
        finished = await tool.run(words, position.root, network=True)
        text = finished.stdout.decode("utf-8", "surrogateescape")
        found = any(matching(text, form) for form in forms)
        if tool.failed(finished) and not found and finished.stderr.strip():
            raise tool.failure(words, finished, network=True)
        printed.append(text)
    return "".join(printed)


def _number(text: str, form: str) -> int:
    """How many lines have the form, or what their `count` says."""
    return sum(int(found.groupdict().get("count") or 1) for found in matching(text, form))
