"""`python -m autosyncd.reflector`, which is `autosyncd reflector`."""

import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autosyncd.reflector.arguments import parse, split
from autosyncd.reflector.limits import Limits
from autosyncd.reflector.listening import Door, listen
from autosyncd.reflector.server import Server

if TYPE_CHECKING:
    import ssl

FAILED = 1
WRONG_USE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    arguments = parse(sys.argv[1:] if argv is None else argv)
    try:
        tls = _tls(arguments.cert, arguments.key) if arguments.cert else None
    except OSError as error:
        return _fail(f"cannot use the certificate {arguments.cert}: {error.strerror or error}")
    sockets = []
    for place in arguments.listen or [""]:
        try:
            sockets += listen(*split(place))
        except OSError as error:
            return _fail(f"cannot listen on {place or 'port 1986'}: {error.strerror or error}")
    server = Server(Door(sockets, tls), Limits(arguments.max_clients))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    shown = ", ".join(f"{one.getsockname()[0]} port {one.getsockname()[1]}" for one in sockets)
    print(f"reflector listens on {shown}{', with TLS' if tls else ''}", file=sys.stderr, flush=True)
    server.run()
    return 0


def _tls(cert: str, key: str | None) -> "ssl.SSLContext":
    from autosyncd.reflector.tls import context  # only where it is used: it needs 4 MB

    return context(cert, key)


def _fail(why: str) -> int:
    print(f"autosyncd reflector: {why}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
