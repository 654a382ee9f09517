"""File system work in a thread that is never left behind half-done."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


async def finish_in_thread(
    stop: threading.Event, function: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs
) -> _R:
    """Run a blocking function; when cancelled, set `stop` and wait until it has returned.

    With plain `asyncio.to_thread` the function would go on while its caller cleans up.
    """
    loop = asyncio.get_running_loop()
    call = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
    future = loop.run_in_executor(None, call)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop.set()
        while not future.done():
            try:
                await asyncio.wait({future})
            except asyncio.CancelledError:
                continue
        raise
