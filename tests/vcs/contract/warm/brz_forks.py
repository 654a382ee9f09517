"""The real Breezy with its modules loaded once: each command is a fork of this process.

Run by the Python that has `breezy`, with the path of a socket to listen on; `brz` beside this file
connects and hands over its arguments, folder, environment and streams. Ends with its own stdin.
BRZ_PATIENCE in that environment is for how many seconds it waits for a lock (else 30).
"""

import importlib
import json
import os
import select
import signal
import socket
import sys
import threading

from breezy import __main__ as program

LOADED = (
    "builtins", "commands", "commit", "export", "fetch", "globbing", "ignores", "log", "lockdir",
    "merge", "missing", "plugin", "push", "status", "trace", "transform", "ui.text", "uncommit",
    "bzr.branch", "bzr.dirstate", "bzr.fetch", "bzr.groupcompress_repo", "bzr.inventorytree",
    "bzr.knitpack_repo", "bzr.knitrepo", "bzr.smart.medium", "bzr.transform", "bzr.workingtree_4",
    "transport.local", "tag", "export_pot", "merge3", "conflicts", "bzr.conflicts",
)  # fmt: skip


def serve(path: str) -> None:
    """Fork for each connection until stdin is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            become(connection)
        connection.close()


def become(connection: socket.socket) -> None:
    """Run one command as the client would have; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    data, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    while not data.endswith(b"\n"):
        if not (more := connection.recv(1 << 20)):
            os._exit(1)  # the client was killed before it had said all
        data += more
    asked = json.loads(data)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    if patience := os.environ.get("BRZ_PATIENCE"):
        vars(importlib.import_module("breezy.lockdir"))["_DEFAULT_TIMEOUT_SECONDS"] = int(patience)
    sys.argv = ["brz", *asked["words"]]
    leave = os._exit

    def end(code: int) -> None:
        connection.sendall(bytes([code]))
        leave(code)

    def end_with_client() -> None:
        connection.recv(1)
        leave(1)

    os._exit = end  # type: ignore[assignment]  # in this child alone
    threading.Thread(target=end_with_client, daemon=True).start()
    try:
        program.main()
    except SystemExit as ended:
        end(ended.code if isinstance(ended.code, int) else 1)
    finally:
        leave(99)


if __name__ == "__main__":
    for name in LOADED:
        try:
            importlib.import_module(f"breezy.{name}")
        except ImportError:
            continue
    serve(sys.argv[1])
