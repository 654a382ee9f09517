"""An event loop whose look-ups of names keep nobody from ending."""

import asyncio
import socket
import threading
from typing import Any


class Loop(asyncio.SelectorEventLoop):
    """Looks names up in threads that nobody waits for at the end: a resolver whose servers do not
    answer can take a minute, and nothing can interrupt it."""

    async def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | bytes | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - its name in asyncio
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """The addresses of a name (getaddrinfo(3)); raises OSError."""
        found: asyncio.Future[Any] = self.create_future()

        def look_up() -> None:
            try:
                answer = socket.getaddrinfo(host, port, family, type, proto, flags)
            except (OSError, ValueError, TypeError, OverflowError) as error:
                self._tell(found, None, error)
            else:
                self._tell(found, answer, None)

        threading.Thread(target=look_up, name="look-up", daemon=True).start()
        return await found

    def _tell(self, found: asyncio.Future[Any], answer: Any, error: Exception | None) -> None:
        """From a thread; the loop may be closed by now."""

        def tell() -> None:
            if found.done():
                return
            if error is None:
                found.set_result(answer)
            else:
                found.set_exception(error)

        try:
            self.call_soon_threadsafe(tell)
        except RuntimeError:
            pass
