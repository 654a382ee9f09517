"""`autosyncctl` and `python -m autosyncctl`."""

import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line; an interrupt is quiet from the very first import on."""
    try:
        from autosyncctl import straight

        code = straight.run(sys.argv[1:])
        return _run() if code is None else code
    except KeyboardInterrupt:
        return INTERRUPTED


def _run() -> int:
    _load_msgspec()
    from autosyncctl import cli

    return cli.main(sys.argv[1:])


def _load_msgspec() -> None:
    """Without typing_extensions, of which it needs nothing that this Python does not have itself:
    to load that takes longer than most commands."""
    name = "typing_extensions"
    if name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # so Python takes it for missing
    try:
        import msgspec  # noqa: F401 - loaded for others
    finally:
        del sys.modules[name]


if __name__ == "__main__":
    sys.exit(main())
