"""What each command is like in use, for its help and for the manual."""

import argparse
from typing import NamedTuple

NOT_RUNNING = "3 autosyncd is not running"
NO_SUCH = "4 no such repository"


class Example(NamedTuple):
    """A line to type, and what comes of it."""

    line: str
    what: str


class Usage(NamedTuple):
    """`more` goes on after the command's one sentence; `codes` are its exit codes besides 0 (done)
    and 2 (wrong usage)."""

    more: str
    examples: tuple[Example, ...]
    codes: tuple[str, ...] = (NOT_RUNNING,)


CHOSEN = (NOT_RUNNING, NO_SUCH)

USAGES = {
    "status": Usage(
        "IN STEP tells when the remote was last seen to have the very same commit; CHANGES counts "
        "`~` paths to commit, `↑` commits to push and `↓` commits to pull; NEXT is what happens by "
        "itself. Below the table is what waits for you, each with the command that helps.",
        (
            Example("autosyncctl status", "all repositories"),
            Example("autosyncctl status docs", "one of them, with details"),
            Example("autosyncctl status .", "the one that the current folder is in"),
            Example("autosyncctl status --watch", "the same, live"),
            Example("autosyncctl status --wait --timeout 5m", "return when all is in step"),
            Example("autosyncctl status --json", "for programs"),
        ),
        (
            "1 with --wait: it is paused, blocked or failed, or the time is over",
            *CHOSEN,
        ),
    ),
    "pause": Usage(
        "Changes are seen meanwhile, and committed after `autosyncctl resume`. A pause survives a "
        "restart.",
        (
            Example("autosyncctl pause docs", "until it is resumed"),
            Example("autosyncctl pause docs --for 1h", "for an hour"),
            Example("autosyncctl pause --all", "all repositories"),
        ),
        CHOSEN,
    ),
    "resume": Usage(
        "What has changed meanwhile is committed and pushed.",
        (
            Example("autosyncctl resume docs", "go on with this one"),
            Example("autosyncctl resume --all", "go on with all of them"),
        ),
        CHOSEN,
    ),
    "sync": Usage(
        "It does not wait for the files to rest, nor for the next time that the remote would be "
        "asked, and returns when each repository is in step, or has failed. Ctrl-C ends the "
        "waiting, not the sync.",
        (
            Example("autosyncctl sync", "all repositories"),
            Example("autosyncctl sync docs notes", "these two"),
            Example("autosyncctl sync --no-wait", "only ask for it"),
        ),
        ("1 at least one of them failed, or is paused", *CHOSEN),
    ),
    "events": Usage(
        "The newest 50, oldest first.",
        (
            Example("autosyncctl events", "the newest 50"),
            Example("autosyncctl events docs --since yesterday", "all of a repository since then"),
            Example("autosyncctl events --follow", "what happens from now on, too"),
            Example("autosyncctl events --kind conflict,problem -n 5", "the newest 5 of these"),
        ),
        CHOSEN,
    ),
    "conflicts": Usage(
        "",
        (
            Example("autosyncctl conflicts", "all that wait"),
            Example("autosyncctl conflicts --diff todo.md", "how the versions of a file differ"),
            Example("autosyncctl conflicts --keep other todo.md", "take the one in the copy"),
            Example("autosyncctl conflicts --keep both todo.md", "keep both as plain files"),
        ),
        ("1 it could not be settled", *CHOSEN),
    ),
    "held": Usage(
        "Files that are too large, hold a private key or can't be read, and mass deletions.",
        (
            Example("autosyncctl held", "of all repositories"),
            Example("autosyncctl held docs", "of one"),
        ),
        CHOSEN,
    ),
    "approve": Usage(
        "",
        (
            Example("autosyncctl approve docs", "let the deletions through that wait"),
            Example("autosyncctl approve docs video.mp4", "let this file in"),
            Example("autosyncctl approve docs scans/", "let in all that is held in this folder"),
        ),
        ("1 there is nothing to approve, or not all of it can be", *CHOSEN),
    ),
    "history": Usage(
        "The ids are for `autosyncctl restore --at`. A file may be deleted, or have had another "
        "name.",
        (
            Example("autosyncctl history docs", "of a repository"),
            Example("autosyncctl history docs/todo.md", "of a file or a folder"),
            Example("autosyncctl history todo.md -n 5", "the newest 5"),
        ),
        CHOSEN,
    ),
    "restore": Usage(
        "It is committed and pushed like any other change. What was there and not committed yet is "
        "kept for 30 days; the output says where.",
        (
            Example("autosyncctl restore todo.md --at 'yesterday 10:00'", "as it was then"),
            Example("autosyncctl restore todo.md --at 1a2b3c4", "as it is in this commit"),
            Example(
                "autosyncctl restore todo.md --at 2h --output old.md", "beside the present one"
            ),
        ),
        ("1 there is no such version, or the file is in use", *CHOSEN),
    ),
    "add": Usage(
        "",
        (
            Example("autosyncctl add ~/docs --remote me@server:docs.git", "in step with a server"),
            Example("autosyncctl add ~/docs", "with the remote it has, or only commits"),
            Example("autosyncctl add ~/docs --dry-run", "only look"),
            Example("autosyncctl add ~/docs --set settle=1s", "with a setting of its own"),
        ),
        ("1 it could not be added, or is not in step yet", NOT_RUNNING),
    ),
    "clone": Usage(
        "On failure nothing stays behind but what the message names.",
        (Example("autosyncctl clone me@server:docs.git ~/docs", "bring a folder to this machine"),),
        ("1 it could not be cloned, or is not in step yet", NOT_RUNNING),
    ),
    "remove": Usage(
        "Its entry is taken out of the configuration, and its pause is forgotten.",
        (Example("autosyncctl remove docs", "stop watching it"),),
        ("1 its entry can't be taken out", *CHOSEN),
    ),
    "reload": Usage(
        "Repositories are added, changed and removed as it says; the others go on undisturbed. If "
        "there is a mistake, nothing changes.",
        (Example("autosyncctl reload", "say what has changed"),),
        ("1 the configuration has mistakes, which are listed", NOT_RUNNING),
    ),
    "doctor": Usage(
        "It looks from inside the daemon and changes nothing. Each finding comes with the command "
        "that mends it.",
        (
            Example("autosyncctl doctor", "the machine and all repositories"),
            Example("autosyncctl doctor docs", "one repository"),
        ),
        ("1 it found a problem", *CHOSEN),
    ),
    "import": Usage(
        "No daemon is needed. What has no counterpart is told on stderr.",
        (
            Example("autosyncctl import > autosync.yaml", "of ~/.autosync"),
            Example("autosyncctl import work.autosync home.autosync", "of these files"),
        ),
        ("1 a file can't be read as one of that program",),
    ),
    "service": Usage(
        "It is started at login, watched, and stopped at shutdown.",
        (
            Example("autosyncctl service install", "from now on and at every login"),
            Example("autosyncctl service status", "how it is"),
        ),
        ("1 it is not running, or systemd refused",),
    ),
    "agent": Usage(
        "It ends with the session. A second one ends at once.",
        (Example("autosyncctl agent", "bubbles until the session ends"),),
        ("1 it can't show any",),
    ),
    "version": Usage("", (Example("autosyncctl version", "both versions"),)),
    "stop": Usage(
        "What has not come to rest is committed first. It returns when the daemon has gone.",
        (Example("autosyncctl stop", "end it"),),
        ("1 it still runs after 15 s", NOT_RUNNING),
    ),
    "completion": Usage(
        "",
        (
            Example("source <(autosyncctl completion bash)", "for this shell"),
            Example(
                "autosyncctl completion fish > ~/.config/fish/completions/autosyncctl.fish",
                "for fish, from now on",
            ),
        ),
        (),
    ),
}
"""By the names of the commands."""


def about(parser: argparse.ArgumentParser) -> str:
    """What a command does, in whole sentences."""
    text = " ".join((parser.description or "").split())
    sentence = text if text.endswith(".") else f"{text[:1].upper()}{text[1:]}."
    usage = USAGES.get(_name(parser))
    return f"{sentence} {usage.more}".strip() if usage else sentence


def said(parser: argparse.ArgumentParser) -> tuple[str, str]:
    """What stands above and below the options in the help of a command."""
    usage = USAGES[_name(parser)]
    width = max(len(one.line) for one in usage.examples)
    examples = [f"  {one.line:<{width}}  {one.what}" for one in usage.examples]
    codes = [f"  {code}" for code in ("0 done", *usage.codes)]
    parts = [parser.epilog, "\n".join(["examples:", *examples]), "\n".join(["exit codes:", *codes])]
    return about(parser), "\n\n".join(part for part in parts if part)


def _name(parser: argparse.ArgumentParser) -> str:
    return parser.prog.rpartition(" ")[2]
