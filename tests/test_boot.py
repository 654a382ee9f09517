"""Which start of the machine this is."""

import time
from pathlib import Path

from autosyncd.boot import this_boot


def test_the_present_boot_has_an_id_and_was_before_now() -> None:
    boot = this_boot()
    assert boot is not None
    assert boot == this_boot()
    assert 0 < boot.at <= time.time()


def test_a_kernel_that_does_not_tell_is_no_failure(tmp_path: Path) -> None:
    assert this_boot(tmp_path) is None
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("x\n")
    (tmp_path / "stat").write_text("cpu 1 2\nbtime\n")
    assert this_boot(tmp_path) is None
