"""XMPP servers, and channels on them."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.channels.base import Channel, Link
from autosyncd.channels.xmpp.channel import XmppChannel
from autosyncd.channels.xmpp.pace import Pace
from autosyncd.config.model import Secret, XmppSettings
from tests.channels.xmpp.prosody import Prosody

QUICK = Pace(login=20, answer=20, ping=1, hurry=5, soon=0.1, late=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a server there is nothing to test; with CI=true there has to be one."""
    if shutil.which("prosody"):
        return
    for item in items:
        if "/channels/xmpp/" in str(item.path):
            item.add_marker(pytest.mark.skip(reason="prosody is not installed"))


class XmppMedium:
    """One server, and channels that know it."""

    def __init__(self, server: Prosody) -> None:
        self.server = server
        self.settings = XmppSettings(
            jid="me@localhost",
            password=Secret("secret"),
            host="127.0.0.1",
            port=server.port,
            ca_file=server.ca_file if server.tls else None,
            tls="required" if server.tls else "off",
        )

    def channel(self, link: Link, pace: Pace = QUICK, **changes: object) -> Channel:
        """One machine's end."""
        settings: XmppSettings = replace(self.settings, **changes)  # type: ignore[arg-type]  # a test's own
        return XmppChannel(settings, link, pace)

    async def cut(self) -> None:
        """Stop the server."""
        await self.server.stop()

    async def restore(self) -> None:
        """Start it again."""
        await self.server.start()


@pytest.fixture
async def medium(tmp_path: Path) -> AsyncIterator[XmppMedium]:
    """A server without encryption."""
    async with Prosody(tmp_path / "prosody").running() as server:
        yield XmppMedium(server)


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[XmppMedium]:
    """A server that insists on encryption, with a certificate of a self-made authority."""
    async with Prosody(tmp_path / "secure", tls=True).running() as server:
        yield XmppMedium(server)
