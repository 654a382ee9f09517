"""The channel of the daemon's own tests keeps the contract of all channels."""

import pytest

from autosyncd.channels.base import Channel, Link
from tests.channels.air import Air, AirChannel
from tests.channels.contract import ChannelContract


class AirMedium:
    """Air that can be switched off."""

    def __init__(self) -> None:
        self.air = Air()

    def channel(self, link: Link) -> Channel:
        """One end."""
        return AirChannel(self.air, link)

    async def cut(self) -> None:
        """Silence."""
        self.air.switch(up=False)

    async def restore(self) -> None:
        """Sound."""
        self.air.switch(up=True)


class TestTheAir(ChannelContract):
    """All promises."""

    @pytest.fixture
    def medium(self) -> AirMedium:
        """The air."""
        return AirMedium()
