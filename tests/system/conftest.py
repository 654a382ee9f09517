"""What system tests share."""

from tests.system.ssh_server import server

__all__ = ["server"]
