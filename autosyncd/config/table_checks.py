"""What must fit together in a tool's table."""

from autosyncd.config.structures import Block

_TOGETHER = (
    ("changes", ("changes_new", "changes_known")),
    ("changes_new", ("changes",)),
    ("changes_known", ("changes",)),
    ("changes_turned", ("changes", "remove", "add")),
    ("files_line", ("files",)),
    ("programs", ("changes", "files", "program", "no_program")),
    ("programs_line", ("programs",)),
    ("program", ("programs",)),
    ("no_program", ("programs",)),
    ("head_line", ("head",)),
    ("incoming_line", ("incoming",)),
    ("outgoing_line", ("outgoing",)),
    ("unfinished_line", ("unfinished",)),
    ("unfinished_cure", ("unfinished",)),
    ("tip_line", ("incoming",)),
    ("revert", ("central",)),
    ("central", ("changes", "revert", "incoming", "incoming_line", "tip_line", "rejected")),
    ("around", ("central", "remove", "remote_url")),
    ("merge", ("changes", "head", "incoming", "outgoing")),
    ("incoming", ("pull",)),
    ("fetch", ("incoming",)),
)
"""A key, and those that it means nothing without."""


def check_tools(tools: Block) -> None:
    """Note what is missing from tables whose keys are right one by one."""
    for name in tools.keys:
        table = tools.block(name)
        present = set(table.keys) | table.broken
        for key, needed in _TOGETHER:
            if key not in table.keys or table.get(key) in ((), False):
                continue
            if missing := [o for o in needed if o not in present or table.get(o) in ((), False)]:
                all_ = "all" if len(missing) > 1 else "both"
                keys = ", ".join(missing)
                table.keys[key].place.wrong(f"needs {keys}, too; give {all_} or none")
        _check_paths(table)


def _check_paths(table: Block) -> None:
    """`{path}` is one path, `{paths}` as many as there are."""
    for key in ("add", "remove", "modify", "revert", "program", "no_program"):
        for command in table.get(key) or ():
            if any("{path}" in word for word in command) and _many(command):
                table.keys[key].place.wrong("{path} and {paths} can't be in one command")
    if table.get("central") and not any(_many(command) for command in table.get("commit") or ()):
        table.keys["central"].place.wrong("needs {paths} in commit")


def _many(command: tuple[str, ...]) -> bool:
    return any("{paths}" in word for word in command)
