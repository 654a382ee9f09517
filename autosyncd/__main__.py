"""`python -m autosyncd`."""

import sys

from autosyncd.app import run


def main() -> None:
    """The entry point of the program `autosyncd`."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
