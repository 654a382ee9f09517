"""Which start of this machine this is, and when it was (proc(5))."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of the machine; `at` in Unix seconds."""

    id: str
    at: float


def this_boot(proc: Path = Path("/proc")) -> Boot | None:
    """The present one; None where the kernel does not tell."""
    try:
        id_ = (proc / "sys/kernel/random/boot_id").read_text().strip()
        lines = (proc / "stat").read_text().splitlines()
        at = next(float(line.split()[1]) for line in lines if line.startswith("btime "))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return Boot(id_, at)
