"""A channel in a process of its own, with short times: says each change of whether it is connected.

python -m tests.channels.far_end reflector|xmpp|ssh HOST:PORT|URL [ssh command]
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from autosyncd.channels.base import Channel, Link, Served
from autosyncd.channels.reflector import channel as reflector
from autosyncd.channels.reflector import connection
from autosyncd.channels.ssh import program
from autosyncd.channels.ssh.channel import SshChannel
from autosyncd.channels.xmpp.channel import XmppChannel
from autosyncd.channels.xmpp.pace import Pace
from autosyncd.config.model import ReflectorSettings, Secret, SshSettings, XmppSettings
from tests.channels.contract import station

_PACE = Pace(login=10, answer=3, ping=1, hurry=3, soon=0.5, late=1)


def over_reflector(link: Link, where: str) -> Channel:
    reflector.PING, connection.ANSWER, connection.LOGIN = 1.0, 3.0, 3.0
    return reflector.ReflectorChannel(ReflectorSettings(url=f"tcp://{where}"), link)


def over_xmpp(link: Link, where: str) -> Channel:
    host, _, port = where.partition(":")
    password = Secret("secret")
    settings = XmppSettings(
        jid="me@localhost", password=password, host=host, port=int(port), tls="off"
    )
    return XmppChannel(settings, link, _PACE)


def over_ssh(link: Link, url: str, command: str) -> Channel:
    quick = {
        "ServerAliveInterval=10": "ServerAliveInterval=1",
        "ConnectTimeout=15": "ConnectTimeout=3",
    }
    options = tuple(quick.get(option, option) for option in program._OPTIONS)
    vars(program)["_OPTIONS"] = options
    channel = SshChannel(SshSettings(), link)
    environment = {"GIT_SSH_COMMAND": command}
    channel.follow((Served(repository="docs", url=url, root=Path("/"), environment=environment),))
    return channel


async def main(kind: str, *where: str) -> None:
    ways: dict[str, Callable[..., Channel]]
    ways = {"reflector": over_reflector, "xmpp": over_xmpp, "ssh": over_ssh}
    build = ways[kind]
    one = station(lambda link: build(link, *where), "1" * 16)
    before = False
    task = asyncio.create_task(one.channel.run())
    while not task.done():
        if one.connected != before:
            before = one.connected
            print("connected" if before else "lost", flush=True)
        await asyncio.sleep(0.02)
        if not before:
            one.channel.network_up()
    task.result()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
