"""The partner's program as a process that can be killed, and waiting for what it brings about."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(__file__).with_name("program.py")
DEADLINE_S = 60.0


class Working:
    """One run of the program."""

    def __init__(self, python: Path, deed: str, arguments: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            [str(python), "-I", str(PROGRAM), deed, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def hear(self, count: int) -> list[str]:
        """The next words it tells, as soon as it has told them."""
        assert self._process.stdout is not None
        return [self._process.stdout.readline().strip() for _ in range(count)]

    def rest(self) -> list[str]:
        """The other words, when it has ended."""
        assert self._process.stdout is not None
        words = self._process.stdout.read().split()
        self._process.stdout.close()
        self._process.wait(DEADLINE_S)
        return words

    def kill(self) -> list[str]:
        """SIGKILL in the midst of whatever it does; gives what it told before and nobody heard."""
        if self._process.returncode is not None:
            return []
        os.killpg(self._process.pid, signal.SIGKILL)
        return self.rest()


@contextmanager
def working(python: Path, deed: str, arguments: tuple[str, ...]) -> Iterator[Working]:
    """The program, killed in the end whatever happens."""
    process = Working(python, deed, arguments)
    try:
        yield process
    finally:
        process.kill()


def become(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds; fail after the deadline."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"did not become true within {DEADLINE_S} s"
        time.sleep(0.02)
