"""XMPP keeps the contract of all channels, with a real server."""

import pytest

from tests.channels.contract import ChannelContract
from tests.channels.xmpp.conftest import XmppMedium


class TestXmpp(ChannelContract):
    """All promises, in the clear."""


class TestXmppWithTls(ChannelContract):
    """All promises, encrypted."""

    @pytest.fixture
    def medium(self, secure: XmppMedium) -> XmppMedium:
        """The server that insists on it."""
        return secure
