"""A real XMPP server of a test's own on the loopback interface (https://prosody.im/doc/configure)."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.ports import free_port

CONFIG = """\
run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
certificates = "{folder}"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {direct} }}
s2s_ports = {{}}
http_ports = {{}}
https_ports = {{}}
modules_enabled = {{ "roster", "saslauth", "disco", "ping"{more} }}
modules_disabled = {{ "s2s", "posix" }}
smacks_hibernation_time = 60
limits = {{ {limits} }}
c2s_require_encryption = {encrypts}
allow_unencrypted_plain_auth = {plain}
authentication = "internal_plain"
storage = "internal"
log = {{ info = "{folder}/prosody.log" }}
VirtualHost "localhost"
{certificate}
"""
LIMIT = 60.0


class Prosody:
    """One server with the accounts `me` and `stranger`, whose password is `secret`."""

    def __init__(
        self,
        folder: Path,
        *,
        tls: bool = False,
        kilobytes_a_second: int = 0,
        extensions: tuple[str, ...] = ("smacks", "carbons"),
    ) -> None:
        self.folder = folder
        self.tls = tls
        self.port = free_port()
        self.direct_port = free_port()
        """Where it speaks TLS from the first byte."""
        modules = (
            *extensions,
            *(("tls",) if tls else ()),
            *(("limits",) if kilobytes_a_second else ()),
        )
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        for account in ("me", "stranger"):
            self.register(account, "secret")
        if tls:
            make_certificates(folder, "localhost")
        text = CONFIG.format(
            folder=folder,
            port=self.port,
            direct=self.direct_port if tls else "",
            more="".join(f', "{module}"' for module in modules),
            limits=f'c2s = {{ rate = "{kilobytes_a_second}kb/s" }}' if kilobytes_a_second else "",
            encrypts="true" if tls else "false",
            plain="false" if tls else "true",
            certificate=f'ssl = {{ certificate = "{folder}/localhost.crt",'
            f' key = "{folder}/localhost.key" }}'
            if tls
            else "",
        )
        (folder / "prosody.cfg.lua").write_text(text)

    @property
    def ca_file(self) -> Path:
        """The authority that signed the server's certificate."""
        return self.folder / "ca.crt"

    def register(self, account: str, password: str) -> None:
        """Make an account, or change its password; takes effect at the next login."""
        accounts = self.folder / "data" / "localhost" / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        (accounts / f"{account}.dat").write_text(f'return {{ ["password"] = "{password}" }};\n')

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Prosody"]:
        """Started, and ended whatever happens."""
        try:
            await self.start()
            yield self
        finally:
            await self.stop()

    async def start(self) -> None:
        """Start it, and return once it takes connections."""
        self._process = process = self._started()
        async with asyncio.timeout(LIMIT):
            while not self._answers():
                assert process.poll() is None, (self.folder / "output").read_text()
                await asyncio.sleep(0.02)

    def _started(self) -> "subprocess.Popen[bytes]":
        config = self.folder / "prosody.cfg.lua"
        with (self.folder / "output").open("ab") as output:
            return subprocess.Popen(
                ["prosody", "--config", str(config), "-F"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, "HOME": str(self.folder)},
            )

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it; a clean stop tells the clients, SIGKILL does not."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGCONT)
        process.send_signal(number)
        await asyncio.to_thread(process.wait, LIMIT)

    def signal(self, number: signal.Signals) -> None:
        """SIGSTOP makes a server that takes connections and says nothing; SIGCONT ends that."""
        assert self._process is not None
        self._process.send_signal(number)


def make_certificates(folder: Path, name: str) -> None:
    """An authority in `ca.crt`, and a certificate for `name` that it signed."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    authority = ("-x509", "-days", "2", "-subj", "/CN=Test Authority", "-keyout", "ca.key")
    _openssl(folder, "req", *key, *authority, "-out", "ca.crt")
    _openssl(folder, "req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", "csr")
    (folder / "names").write_text(f"subjectAltName=DNS:{name}\n")
    signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2", "-extfile", "names")
    _openssl(folder, "x509", "-req", "-in", "csr", *signed, "-out", f"{name}.crt")


def _openssl(folder: Path, *arguments: str) -> None:
    command = ["openssl", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
