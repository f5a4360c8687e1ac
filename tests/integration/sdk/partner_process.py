"""The partner's program as a process that can be killed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).with_name("partner_program.py")
DEADLINE_S = 60.0


class PartnerProcess:
    """One run of the program."""

    def __init__(self, python: Path, action: str, arguments: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            [str(python), "-I", str(PROGRAM), action, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def read_lines(self, count: int) -> list[str]:
        """The next lines that it reports, as soon as they are there."""
        assert self._process.stdout is not None
        return [self._process.stdout.readline().strip() for _ in range(count)]

    def remaining_lines(self) -> list[str]:
        """All other lines, when it has ended."""
        assert self._process.stdout is not None
        lines = self._process.stdout.read().split()
        self._process.stdout.close()
        self._process.wait(DEADLINE_S)
        return lines

    def kill(self) -> list[str]:
        """Send SIGKILL to its process group; return the lines that were not read yet."""
        if self._process.returncode is not None:
            return []
        os.killpg(self._process.pid, signal.SIGKILL)
        return self.remaining_lines()


@contextmanager
def partner_process(
    python: Path, action: str, arguments: tuple[str, ...]
) -> Iterator[PartnerProcess]:
    """Run the program, and kill it in the end."""
    process = PartnerProcess(python, action, arguments)
    try:
        yield process
    finally:
        process.kill()
