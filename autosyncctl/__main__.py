"""`autosyncctl` and `python -m autosyncctl`."""

import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line; an interrupt is quiet from the very first import on."""
    try:
        from autosyncctl import cli

        return cli.main(sys.argv[1:])
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
