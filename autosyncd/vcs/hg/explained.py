"""What the kernel refuses, as an error that says what to do about it."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from autosyncd.errors import ToolError
from autosyncd.vcs.tree.storage import storage_error

_Self = TypeVar("_Self")
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def explained(
    method: Callable[Concatenate[_Self, _Arguments], Coroutine[Any, Any, _Result]],
) -> Callable[Concatenate[_Self, _Arguments], Coroutine[Any, Any, _Result]]:
    """A method that raises no OSError: a full disk blocks the repository and crashes nothing."""

    @wraps(method)
    async def call(self: _Self, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return await method(self, *args, **kwargs)
        except OSError as error:
            problem = storage_error(error, "work in the repository")
            raise problem or ToolError(f"cannot work in the repository: {error}") from error

    return call
