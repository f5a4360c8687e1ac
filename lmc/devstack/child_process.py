"""Child processes that end with their parent, stop in time and are found again by a pid file."""

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

_EXEC_WITH_PARENT = Path(__file__).with_name("exec_with_parent.py")
_POLL_S = 0.02
_START_TIME_FIELD = 19
"""Index in /proc/PID/stat, counted from 0 after the name, of the start in ticks since boot."""

_LAUNCHER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="launcher")
"""The thread that starts all children: Linux sends the parent-death signal when
the starting *thread* ends, and this thread lives as long as the process."""


@dataclass(frozen=True, slots=True)
class ProcessUser:
    """The account a child process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """A command, the file its output is appended to, and the signal it gets when we die."""

    command: Sequence[str]
    log: Path
    parent_death_signal: signal.Signals
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: ProcessUser | None = None


class _ChildProcess:
    """A running child, which leads its own session and process group."""

    def __init__(self, spec: LaunchSpec) -> None:
        self._popen = _LAUNCHER.submit(_popen, spec).result()

    @property
    def pid(self) -> int:
        """The pid, which is also the id of the child's session and process group."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """Return None while it runs, else its exit code, or minus the signal that ended it."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal; do nothing if the child has ended."""
        if self._popen.poll() is None:
            self._popen.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait so many seconds for the end; return whether it came."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """Send SIGKILL to the child and everything in its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()


class PidFileProcess:
    """At most one child at a time, recorded in a pid file so that a later run can stop it."""

    def __init__(self, pid_file: Path, stop_signal: signal.Signals, stop_s: float) -> None:
        self._pid_file = pid_file
        self._stop_signal = stop_signal
        self._stop_s = stop_s
        self._child: _ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the child, or None."""
        return self._child.pid if self._child else None

    def exit_code(self) -> int | None:
        """Return the child's exit code; None while it runs and before it was launched."""
        return self._child.exit_code() if self._child else None

    def launch(self, spec: LaunchSpec) -> None:
        """Start the child and write the pid file."""
        self._child = _ChildProcess(spec)
        self._pid_file.write_text(f"{self._child.pid} {start_time(self._child.pid)}\n")

    def stop(self) -> None:
        """Send the stop signal, wait, and kill the child if it has not ended in time."""
        if self._child is not None:
            self._child.send(self._stop_signal)
            if not self._child.wait(self._stop_s):
                self._child.kill()
            self._forget()

    def request_stop(self) -> None:
        """Send the stop signal without waiting; `stop` waits for the end."""
        if self._child is not None:
            self._child.send(self._stop_signal)

    def kill(self) -> None:
        """Kill the child and everything it started, as a loss of power would."""
        if self._child is not None:
            self._child.kill()
            self._forget()

    def stop_orphan(self) -> None:
        """Stop the child of an earlier run that the pid file names, to free its files and ports."""
        orphan = self._orphan()
        if orphan is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                orphan.send_signal(self._stop_signal)
            if not wait_until(lambda: self._orphan() is None, self._stop_s):
                with contextlib.suppress(psutil.NoSuchProcess):
                    orphan.kill()
                wait_until(lambda: self._orphan() is None, self._stop_s)
        self._forget()

    def _orphan(self) -> psutil.Process | None:
        """Return the process that the pid file names, if it still runs."""
        try:
            pid, started_at = self._pid_file.read_text().split()
            process = psutil.Process(int(pid))
            is_ours = start_time(process.pid) == started_at
            is_running = process.status() != psutil.STATUS_ZOMBIE
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None
        return process if is_ours and is_running else None

    def _forget(self) -> None:
        self._child = None
        self._pid_file.unlink(missing_ok=True)


def start_time(pid: int) -> str:
    """Return when a process started, in a form that no correction of the clock changes.

    Pid and start time together name one process; the system reuses a pid alone.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return str(psutil.Process(pid).create_time())
    return fields[_START_TIME_FIELD]


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll until the condition is true or the seconds are over; return whether it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(_POLL_S)
    return condition()


def _popen(spec: LaunchSpec) -> subprocess.Popen[bytes]:
    user = f"{spec.user.uid}:{spec.user.gid}" if spec.user else "-"
    launcher = [str(_EXEC_WITH_PARENT), str(int(spec.parent_death_signal)), str(os.getpid()), user]
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    with spec.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", *launcher, *spec.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=spec.env,
            cwd=spec.cwd,
            start_new_session=True,
        )
