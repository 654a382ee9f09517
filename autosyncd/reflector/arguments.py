"""The command line of the reflector."""

import argparse
from collections.abc import Sequence

from autosyncd.version import VERSION

PORT = 1986

_EPILOG = f"""\
It speaks the line protocol of SparkleShare's fanout server: whoever connects subscribes to
channels, and gets what others announce in them. Nothing is stored, nothing else is reachable.
HOST:PORT is a name or an address; without HOST it is every address of this machine, without PORT
it is {PORT}. An IPv6 address stands in brackets."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; ends the program with exit code 2 if they are wrong."""
    arguments = parser().parse_args(argv)
    if arguments.key and not arguments.cert:
        parser().error("--key needs --cert")
    return arguments


def parser() -> argparse.ArgumentParser:
    """The parser of the command line; the manual is made from it, too."""
    parser = argparse.ArgumentParser(
        prog="autosyncd reflector",
        description="Tell machines of each other's pushes: a broadcast server on one TCP port.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        action="append",
        type=_place,
        help=f"listen here; may be given several times; :{PORT} if it is not",
    )
    parser.add_argument("--cert", metavar="FILE", help="serve TLS with this certificate chain")
    parser.add_argument("--key", metavar="FILE", help="its private key, if that is another file")
    parser.add_argument(
        "--max-clients", metavar="N", type=_count, default=1024, help="connections (1024)"
    )
    parser.add_argument("--version", action="version", version=f"autosyncd {VERSION}")
    return parser


def split(place: str) -> tuple[str, int]:
    """Host and port; raises ValueError."""
    bracketed = place.startswith("[")
    host, colon, port = place.rpartition("]" if bracketed else ":")
    if bracketed:
        host, port = host[1:], port.removeprefix(":")
        if not colon:
            raise ValueError("a bracket is open")
    elif ":" in host:
        raise ValueError("an IPv6 address needs brackets")
    elif not colon:
        host, port = (place, "")
    number = int(port) if port else PORT
    if not 0 <= number <= 65_535:
        raise ValueError("no such port")
    return host, number


def _place(text: str) -> str:
    try:
        split(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not HOST:PORT") from None
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of connections")
    return int(text)
