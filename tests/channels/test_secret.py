"""Where passwords and keys come from."""

import os
import sys
from pathlib import Path

import pytest

from autosyncd.channels.secret import read_secret
from autosyncd.config.model import Secret
from autosyncd.errors import NeedsUserError


async def test_a_secret_is_the_first_line_of_a_file_or_of_what_a_program_prints(
    tmp_path: Path,
) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"from a file\r\nsecond line\n")
    printing = (sys.executable, "-c", "print('from a program'); print('more')")
    assert await read_secret(None, os.environ) is None
    assert await read_secret(Secret(), os.environ) is None
    assert await read_secret(Secret("given"), os.environ) == "given"
    assert await read_secret(Secret(file=file), os.environ) == "from a file"
    assert await read_secret(Secret(command=printing), os.environ) == "from a program"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (Secret(command=("/no/such/program",)), "cannot start /no/such/program"),
        (
            Secret(command=("sh", "-c", "echo hush; echo locked >&2; exit 3")),
            "ended with 3: locked",
        ),
        (Secret(command=("true",)), "first line of true is empty"),
        (Secret(file=Path("/no/such/file")), "No such file"),
        (Secret(file=Path("/")), "Is a directory"),
    ],
)
async def test_what_can_not_be_read_says_why_and_what_to_do_and_no_part_of_it(
    source: Secret, said: str
) -> None:
    with pytest.raises(NeedsUserError, match=said) as raised:
        await read_secret(source, os.environ, "password")
    assert "password" in raised.value.message
    assert raised.value.hint
    assert "hush" not in raised.value.line()
