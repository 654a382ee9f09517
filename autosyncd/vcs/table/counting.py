"""Counts what the remote and we have more than the other, as the tool lists it."""

from autosyncd.config.model import Commands
from autosyncd.errors import RejectedError
from autosyncd.vcs.table.listing import matching
from autosyncd.vcs.table.position import Position


async def count_both(position: Position) -> None:
    """How many commits each side has more."""
    table = position.tool.table
    position.behind = await _count(position, table.incoming, table.incoming_line)
    if table.outgoing:
        position.ahead = await _count(position, table.outgoing, table.outgoing_line)
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
    if await _count(position, table.incoming, table.incoming_line) > known:
        raise RejectedError("the remote has moved meanwhile")


async def _count(position: Position, commands: Commands, form: str) -> int:
    tool, total = position.tool, 0
    for words in tool.commands(commands, position.values()):
        finished = await tool.run(words, position.root, network=True)
        text = finished.stdout.decode("utf-8", "surrogateescape")
        found = len(matching(text, form))
        if finished.returncode and not found and finished.stderr.strip():
            raise tool.failure(words, finished, network=True)
        total += found
    return total
