"""From the sections of a checked file to the types of the model; all but the repositories."""

from typing import Any

from autosyncd.config.model import (
    AnswersFrom,
    AroundTable,
    ChannelSettings,
    ControlSettings,
    MergeTable,
    ReflectorSettings,
    Secret,
    SshSettings,
    VcsTable,
    XmppSettings,
)
from autosyncd.config.structures import Block


def channels(block: Block) -> ChannelSettings:
    """The announcement channels under `channels`."""
    return ChannelSettings(
        xmpp=_xmpp(block.block("xmpp")) if "xmpp" in block.keys else None,
        reflector=_reflector(block.block("reflector")) if "reflector" in block.keys else None,
        ssh=SshSettings() if "ssh" in block.keys else None,
    )


def _xmpp(block: Block) -> XmppSettings:
    return XmppSettings(
        password=_secret(block, "password") or Secret(), **_others(block, "password")
    )


def _reflector(block: Block) -> ReflectorSettings:
    return ReflectorSettings(key=_secret(block, "key"), **_others(block, "key"))


def _secret(block: Block, name: str) -> Secret | None:
    found = Secret(block.get(name), block.get(f"{name}_file"), block.get(f"{name}_command"))
    return None if found == Secret() else found


def _others(block: Block, secret: str) -> dict[str, Any]:
    forms = (secret, f"{secret}_file", f"{secret}_command")
    return {name: value for name, value in block.values().items() if name not in forms}


def control(block: Block) -> ControlSettings:
    """The settings under `control`."""
    return ControlSettings(**block.values())


def tools(block: Block) -> tuple[VcsTable, ...]:
    """The tools under `vcs`, in the order of the file."""
    return tuple(_tool(name, block.block(name)) for name in block.keys)


def _tool(name: str, block: Block) -> VcsTable:
    values = block.values()
    if isinstance(merge := values.get("merge"), Block):
        values["merge"] = MergeTable(**merge.values())
    if isinstance(around := values.get("around"), Block):
        values["around"] = AroundTable(**around.values())
    if isinstance(sources := values.get("answers_from"), Block):
        values["answers_from"] = AnswersFrom(**sources.values())
    return VcsTable(name=name, **values)
