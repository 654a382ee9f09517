"""`python -m autosyncd`."""

import sys


def main() -> None:
    """The entry point of the program `autosyncd`."""
    sys.exit(_run(sys.argv[1:]))


def _run(argv: list[str]) -> int:
    """The reflector shares nothing with the daemon, and must not load it: it has to be small."""
    if argv[:1] == ["reflector"]:
        from autosyncd.reflector.__main__ import main as reflect

        return reflect(argv[1:])
    from autosyncd.app import run

    return run(argv)


if __name__ == "__main__":
    main()
