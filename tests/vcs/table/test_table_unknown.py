"""A table of the commands of 2011 alone, and what changed before anybody looked."""

from dataclasses import replace
from pathlib import Path

import pytest

from autosyncd.errors import NeedsUserError, RetryError
from tests.vcs.contract.copies import close_opened, message, open_copy
from tests.vcs.contract.table_subjects import MyToolSubject


async def test_what_is_held_is_not_taken_with_what_changed_before_the_start(tmp_path: Path) -> None:
    subject = MyToolSubject()
    (tmp_path / "server").mkdir()
    address = subject.share(tmp_path / "server", {b"a": b"1\n"})
    subject.check_out(address, tmp_path / "mine")
    (tmp_path / "mine" / "key.pem").write_bytes(b"secret\n")
    (tmp_path / "mine" / "note").write_bytes(b"n\n")
    mine = await open_copy(subject, tmp_path / "mine")
    look = await mine.settled()
    assert {change.path for change in look.changes} == {b"a", b"key.pem", b"note"}
    fit = replace(look, changes=tuple(c for c in look.changes if c.path != b"key.pem"))
    with pytest.raises(NeedsUserError) as caught:
        await mine.repository.commit(fit, message)
    assert "key.pem" in caught.value.message
    server = tmp_path / "server" / "shared" / "tree"
    assert [path.name for path in server.iterdir()] == ["a"]
    mine.write({b"later": b"l\n"})
    with pytest.raises(RetryError):
        await mine.repository.commit(look, message)
    mine.path(b"key.pem").unlink()
    await mine.sync()
    assert sorted(path.name for path in server.iterdir()) == ["a", "later", "note"]
    await close_opened()
