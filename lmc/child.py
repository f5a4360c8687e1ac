"""Programs of ours that run beside us: started on a leash, stopped in time, found again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

LEASH = Path(__file__).with_name("leash.py")
POLL_S = 0.02
STARTED_TICKS = 19
"""The place, counted from 0 after the name, of the start in ticks since boot."""

_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
"""On Linux a leash follows the thread that started the child, so one thread starts them all and
lives as long as we do."""


@dataclass(frozen=True, slots=True)
class User:
    """The account a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run: command, where its output goes, and the signal it gets when we die."""

    command: Sequence[str]
    log: Path
    dies_by: signal.Signals
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: User | None = None


class Child:
    """A running program of ours, known by its pid and the moment it started."""

    def __init__(self, launch: Launch) -> None:
        self._popen = _STARTER.submit(_popen, launch).result()

    @property
    def pid(self) -> int:
        """The program's pid, which is also its session's and its process group's."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs, else its exit code, or minus the signal that ended it."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program; nothing happens if it is gone."""
        if self._popen.poll() is None:
            self._popen.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


class Program:
    """One of our programs over several runs: at most one child at a time, known by a pid file."""

    def __init__(self, pid_file: Path, polite: signal.Signals, stop_s: float) -> None:
        self._pid_file = pid_file
        self._polite = polite
        self._stop_s = stop_s
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the child, or None."""
        return self._child.pid if self._child else None

    @property
    def is_launched(self) -> bool:
        """Whether there is a child, running or ended."""
        return self._child is not None

    def exit_code(self) -> int | None:
        """How the child ended; None while it runs and before it was launched."""
        return self._child.exit_code() if self._child else None

    def launch(self, launch: Launch) -> None:
        """Start the child and note its pid."""
        self._child = Child(launch)
        self._pid_file.write_text(f"{self._child.pid} {born(self._child.pid)}\n")

    def stop(self) -> None:
        """Ask the child to stop, and end it by force when it has not done so in time."""
        if self._child is not None:
            self._child.send(self._polite)
            if not self._child.wait(self._stop_s):
                self._child.kill()
            self._forget()

    def ask_to_stop(self) -> None:
        """Ask the child to stop and go on; `stop` then waits for it."""
        if self._child is not None:
            self._child.send(self._polite)

    def kill(self) -> None:
        """End the child and whatever it started, as a loss of power would."""
        if self._child is not None:
            self._child.kill()
            self._forget()

    def end_orphan(self) -> None:
        """Stop what an earlier run left behind, so that its files and ports are free."""
        orphan = self._orphan()
        if orphan is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphan.send_signal(self._polite)
            if not await_true(lambda: self._orphan() is None, self._stop_s):
                with contextlib.suppress(psutil.NoSuchProcess):
                    orphan.kill()
                await_true(lambda: self._orphan() is None, self._stop_s)
        self._forget()

    def _orphan(self) -> psutil.Process | None:
        """The program that wrote the pid file, if it still runs."""
        try:
            pid, born_at = self._pid_file.read_text().split()
            process = psutil.Process(int(pid))
            is_ours = born(process.pid) == born_at and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None
        return process if is_ours else None

    def _forget(self) -> None:
        self._child = None
        self._pid_file.unlink(missing_ok=True)


def born(pid: int) -> str:
    """When a process started, in a form that no correction of the clock changes.

    With its pid it names one process: a pid alone may have gone to another since.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return str(psutil.Process(pid).create_time())
    return fields[STARTED_TICKS]


def await_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(POLL_S)
    return condition()


def _popen(launch: Launch) -> subprocess.Popen[bytes]:
    user = f"{launch.user.uid}:{launch.user.gid}" if launch.user else "-"
    leash = [str(LEASH), str(int(launch.dies_by)), str(os.getpid()), user]
    launch.log.parent.mkdir(parents=True, exist_ok=True)
    with launch.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", *leash, *launch.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=launch.env,
            cwd=launch.cwd,
            start_new_session=True,
        )
