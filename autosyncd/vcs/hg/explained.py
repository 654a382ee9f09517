"""What goes wrong in any method of a repository, as an error that says what to do about it."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from autosyncd.errors import ToolError
from autosyncd.vcs.hg.failures import AbandonedError
from autosyncd.vcs.tree.storage import storage_error


class Mending(Protocol):
    """A repository that sees to what an hg that was killed has left."""

    async def mend(self) -> None: ...


_Self = TypeVar("_Self", bound=Mending)
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def explained(
    method: Callable[Concatenate[_Self, _Arguments], Coroutine[Any, Any, _Result]],
) -> Callable[Concatenate[_Self, _Arguments], Coroutine[Any, Any, _Result]]:
    """A method that raises no OSError: a full disk blocks the repository and crashes nothing.

    What a killed hg has left is rolled back for the next try.
    """

    @wraps(method)
    async def call(self: _Self, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return await method(self, *args, **kwargs)
        except AbandonedError:
            await self.mend()
            raise
        except OSError as error:
            problem = storage_error(error, "work in the repository")
            raise problem or ToolError(f"cannot work in the repository: {error}") from error

    return call
