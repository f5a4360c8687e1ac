"""The data directory of a stack: its layout, format version, access rights and lock."""

import contextlib
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from lmc.devstack.child_process import wait_until
from runtime.process.errors import DependencyMissing, UsageError

FORMAT_VERSION = "2"
"""Grows when this program can no longer read the files or tables of an older data directory."""

_OWN_MODE = 0o700
_TRAVERSABLE_MODE = 0o711
"""As root, PostgreSQL runs as another account, which must reach its own folder inside."""
_LOCK_WAIT_S = 1.0
"""A command that only checks whether a stack runs holds the lock for a moment."""


def default_data_dir() -> Path:
    """Return the data directory that is used without `--data`."""
    if os.geteuid() == 0:
        return Path(f"/var/tmp/lmc-{os.getuid()}")  # noqa: S108 - PostgreSQL cannot enter /root
    return Path.home() / ".local" / "share" / "lmc"


@dataclass(frozen=True, slots=True)
class DataDir:
    """A data directory, by its absolute path."""

    root: Path

    @property
    def secrets(self) -> Path:
        """Passwords, tokens and keys: mode 0700, each file 0600."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.root / "logs"

    @property
    def work(self) -> Path:
        """Working directories of the services."""
        return self.root / "work"

    @property
    def pids(self) -> Path:
        """Pid files of the services."""
        return self.root / "pids"

    @property
    def kafka(self) -> Path:
        """Kafka's log."""
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster and Unix socket."""
        return self.root / "postgres"

    @property
    def stack_file(self) -> Path:
        """The description of a running stack: pid, ports, addresses."""
        return self.root / "stack.json"

    @property
    def format_version(self) -> Path:
        """The file with the format version, written when the directory is created."""
        return self.root / "format-version"

    def log_file(self, process: str) -> Path:
        """Return the log file of a process."""
        return self.logs / f"{process}.log"


def data_dir_from_option(path: str | None) -> DataDir:
    """Return the directory `--data` names, or the default; raise UsageError for an invalid path."""
    if path is None:
        return DataDir(default_data_dir())
    if not path.strip() or "," in path or not path.isprintable():
        raise UsageError(
            f"--data {path!r} cannot be a data directory."
            " Choose a path without commas and control characters."
        )
    root = Path(path).expanduser().absolute()
    if root.exists() and not root.is_dir():
        raise UsageError(f"--data {root} is a file. Choose a directory, or a path for a new one.")
    return DataDir(root)


def prepare(data_dir: DataDir) -> None:
    """Create the directory and its folders, or check an existing one and close its modes.

    Raises UsageError if it has another format version, DependencyMissing if it cannot be used.
    """
    try:
        data_dir.root.mkdir(mode=_TRAVERSABLE_MODE, parents=True, exist_ok=True)
        _require_own(data_dir.root)
        require_format_version(data_dir)
        _write_format_version(data_dir.format_version)
        data_dir.root.chmod(_TRAVERSABLE_MODE if os.geteuid() == 0 else _OWN_MODE)
        for inner in (data_dir.secrets, data_dir.logs, data_dir.work, data_dir.pids):
            inner.mkdir(mode=_OWN_MODE, exist_ok=True)
            inner.chmod(_OWN_MODE)
    except OSError as error:
        raise DependencyMissing(
            f"the data directory {data_dir.root} cannot be used:"
            f" {error.strerror}: {error.filename}. Choose another one with --data."
        ) from error


def require_format_version(data_dir: DataDir) -> None:
    """Raise UsageError unless the directory is empty or has this program's format version."""
    version_file = data_dir.format_version
    if version_file.is_file():
        found = version_file.read_text().strip()
        if found == FORMAT_VERSION:
            return
        reason = f"has format version {found!r}, and this version of lmc needs {FORMAT_VERSION!r}"
    elif all(file.name == _unfinished(version_file).name for file in data_dir.root.iterdir()):
        return
    else:
        reason = "was made by an older version of lmc, or holds other files"
    raise UsageError(
        f"{data_dir.root} {reason}. Choose another directory with --data, or remove this one."
    )


def acquire_lock(data_dir: DataDir) -> TextIO:
    """Lock the directory while the returned file stays open.

    Raises DependencyMissing if another stack holds the lock.
    """
    lock = (data_dir.root / "lock").open("a+")
    if not wait_until(lambda: _try_lock(lock), _LOCK_WAIT_S):
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise DependencyMissing(
            f"a stack already runs on {data_dir.root} (pid {holder or 'unknown'})."
            " Stop it, or choose another directory with --data and --port-offset 100."
        )
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def is_locked(data_dir: DataDir) -> bool:
    """Return whether a stack runs on this directory now."""
    try:
        with (data_dir.root / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _try_lock(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _require_own(root: Path) -> None:
    if root.stat().st_uid != os.geteuid():
        raise DependencyMissing(
            f"{root} belongs to another user. Choose another directory with --data."
        )


def _write_format_version(file: Path) -> None:
    """Write the version if it is missing, by a rename: a kill leaves no half-written file."""
    if not file.exists():
        _unfinished(file).write_text(f"{FORMAT_VERSION}\n")
        with contextlib.suppress(FileNotFoundError):  # another start has just renamed it
            _unfinished(file).rename(file)


def _unfinished(file: Path) -> Path:
    return file.with_name(f"{file.name}.new")
