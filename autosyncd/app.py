"""Builds everything, runs it, and gives the exit code."""

import argparse
import asyncio
import getpass
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import closing
from enum import IntEnum
from pathlib import Path

from autosyncd.api.locate import config_candidates, socket_path, state_directory
from autosyncd.arguments import parse
from autosyncd.boot import this_boot
from autosyncd.bus import JOURNAL_LIMIT, Bus
from autosyncd.config.begin import begin
from autosyncd.config.json_schema import json_schema
from autosyncd.config.load import find, load
from autosyncd.config.model import Config, VcsTable
from autosyncd.control.server import ControlServer
from autosyncd.daemon.daemon import Daemon
from autosyncd.daemon.machinery import Machinery
from autosyncd.errors import AlreadyServedError, AutosyncError, ConfigError, UsageError
from autosyncd.host.agents import with_agent
from autosyncd.host.desktop import DesktopAgent
from autosyncd.host.lookup import Loop
from autosyncd.host.network import Network
from autosyncd.host.sleep import Sleep
from autosyncd.host.systemd import ServiceManager, inherited_socket
from autosyncd.journal import Journal
from autosyncd.process import Slots
from autosyncd.ssh.connections import Connections
from autosyncd.supervisor import Service, Supervisor
from autosyncd.vcs.base import Backend
from autosyncd.vcs.git.backend import GitBackend
from autosyncd.vcs.hg.backend import HgBackend
from autosyncd.vcs.table.shipped import table_backends
from autosyncd.vcs.table.summary import summaries
from autosyncd.watch.inotify import Inotify
from autosyncd.worker.surroundings import Claims, Surroundings

log = logging.getLogger("autosyncd")

EXTRA_SLOTS = 2


class Exit(IntEnum):
    """Exit codes (contract, section 1)."""

    CLEAN = 0
    FAILED = 1
    WRONG_USE = 2
    ALREADY_SERVED = 3


def run(argv: Sequence[str]) -> int:
    """The whole program; returns its exit code."""
    arguments = parse(argv)
    _log_to_stderr(arguments.log_level)
    try:
        return _run(arguments)
    except ConfigError as error:
        print(*error.problems, sep="\n", file=sys.stdout if arguments.check else sys.stderr)
        return Exit.WRONG_USE
    except UsageError as error:
        print(f"autosyncd: {error.line()}", file=sys.stderr)
        return Exit.WRONG_USE
    except AlreadyServedError as error:
        print(f"autosyncd: {error.line()}", file=sys.stderr)
        return Exit.ALREADY_SERVED
    except AutosyncError as error:
        print(f"autosyncd: {error.line()}", file=sys.stderr)
        return Exit.FAILED


def _run(arguments: argparse.Namespace) -> int:
    if arguments.paths[:1] == ["reflector"]:
        raise UsageError(
            "cannot run the reflector: it has options of its own",
            hint="`autosyncd reflector --help`; a folder of that name is ./reflector",
        )
    if arguments.schema:
        print(json.dumps(json_schema(), indent=2))
        return Exit.CLEAN
    config = _read_config(arguments)
    if arguments.check:
        count = len(config.repositories)
        print(
            f"{config.file}: no mistakes, {count} {'repository' if count == 1 else 'repositories'}"
        )
        for sentence in summaries(config.vcs, os.environ.get("PATH")):
            print(sentence)
        return Exit.CLEAN
    where = _socket(arguments, config)
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(_serve(arguments, config, where))


def _read_config(arguments: argparse.Namespace) -> Config:
    home = Path.home()
    file = find(arguments.config, environment=os.environ, home=home)
    if file is None and arguments.init and not arguments.check:
        file = begin(os.environ, home=home)
        log.info("began an empty configuration: %s", file)
    if file is None and (arguments.check or not arguments.paths):
        places = ", ".join(str(place) for place in config_candidates(os.environ, home=home))
        raise UsageError(
            "cannot start: there is no configuration and no PATH to watch",
            hint="begin with an empty one: `autosyncd --init`; or name a repository, or write one "
            f"of: {places}",
        )
    paths = [Path(path) for path in arguments.paths]
    return load(file, paths=paths, environment=os.environ, home=home)


def _socket(arguments: argparse.Namespace, config: Config) -> Path:
    where = socket_path(
        os.environ, uid=os.getuid(), given=arguments.socket, configured=config.control.socket
    )
    if where is None:
        raise UsageError(
            "cannot tell where the control socket should be: XDG_RUNTIME_DIR is not set",
            hint="set it, or use --socket",
        )
    return where


async def _serve(arguments: argparse.Namespace, config: Config, where: Path) -> int:
    """Build all parts, claim the socket before anything is touched, and run until asked to stop."""
    bus = Bus()
    supervisor = Supervisor(lambda *crash: daemon.crashed(*crash))
    manager = ServiceManager(os.environ, alive=lambda: daemon.alive)
    listener = inherited_socket(os.environ)
    file = state_directory(os.environ, home=Path.home()) / "journal.sqlite3"
    with closing(Inotify()) as inotify, bus.subscribe(JOURNAL_LIMIT) as published:
        journal = Journal(file, published)
        machinery = Machinery(
            bus=bus,
            journal=journal,
            supervisor=supervisor,
            manager=manager,
            read_config=lambda: _read_config(arguments),
        )
        connections = Connections(where.absolute().parent)
        daemon = Daemon(config, machinery, _surroundings(config, inotify, journal, connections))
        server = ControlServer(where, daemon, inherited=listener)
        server.claim()
        try:
            agent = DesktopAgent(where.absolute(), os.environ, lambda: daemon.wants_bubbles)
            around = (Sleep(daemon.woke), Network(daemon.network_up), agent)
            await _live(daemon, supervisor, (journal, server, manager, connections, *around))
        finally:
            server.release()
            await journal.close()
    return Exit.CLEAN


async def _live(daemon: Daemon, supervisor: Supervisor, services: tuple[Service, ...]) -> None:
    for service in services:
        supervisor.start(service)
    _listen_to_signals(daemon)
    daemon.start()
    await daemon.until_stop()
    await daemon.close()
    for service in services:
        await supervisor.cancel(service.name)


def _surroundings(
    config: Config, inotify: Inotify, journal: Journal, connections: Connections
) -> Surroundings:
    boot = this_boot()
    slots = config.control.max_commands or (os.cpu_count() or 1) + EXTRA_SLOTS
    return Surroundings(
        backends=_backends(config.vcs),
        backends_for=_backends,
        watcher=inotify,
        publish=lambda _event: None,
        slots=Slots(slots),
        connections=connections,
        claims=Claims(),
        machine=journal.machine(),
        host=socket.gethostname().split(".")[0] or "localhost",
        user=_user(),
        environment=with_agent(os.environ),
        lost_power_at=journal.begin_run(boot.id, boot.at) if boot else None,
    )


def _backends(tables: Sequence[VcsTable]) -> tuple[Backend, ...]:
    """git, Mercurial unless the configuration has a table for it, and all that tables describe."""
    own = {table.name for table in tables}
    built_in: tuple[Backend, ...] = (GitBackend(), HgBackend())
    return (*(one for one in built_in if one.name not in own), *table_backends(tables))


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _listen_to_signals(daemon: Daemon) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop)
    loop.add_signal_handler(signal.SIGHUP, daemon.reload_soon)


def _log_to_stderr(level: str) -> None:
    """Under systemd the journal knows the time; elsewhere every line begins with it."""
    clock = "" if "JOURNAL_STREAM" in os.environ else "%(asctime)s "
    logging.basicConfig(
        stream=sys.stderr,
        level=level.upper(),
        format=f"{clock}%(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
    )
