"""The data directory of a stack: what lies where, who may use it, and that only one does."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from lmc.child import await_true
from runtime.errors import Missing, UsageError

LAYOUT = "1"
"""Changes when a newer lmc can no longer use an older directory; then it says so."""

OWN_MODE = 0o700
TAKE_S = 1.0
"""A command that only asks whether a stack runs holds the lock for a moment."""
WALKABLE_MODE = 0o711
"""As root, PostgreSQL runs as another account and must walk through to its own folder."""


def default_folder() -> Path:
    """Where a stack keeps its data unless told otherwise."""
    if os.geteuid() == 0:
        return Path(f"/var/tmp/lmc-{os.getuid()}")  # noqa: S108 - homes are closed to `nobody`
    return Path.home() / ".local" / "share" / "lmc"


@dataclass(frozen=True, slots=True)
class Folder:
    """One data directory, by its absolute path."""

    root: Path

    @property
    def secrets(self) -> Path:
        """Passwords, tokens and keys: 0700, each file 0600."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """One log per program."""
        return self.root / "logs"

    @property
    def work(self) -> Path:
        """Scratch folders of the services."""
        return self.root / "work"

    @property
    def pids(self) -> Path:
        """Which programs of ours run."""
        return self.root / "pids"

    @property
    def kafka(self) -> Path:
        """Kafka's log."""
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster and private socket."""
        return self.root / "postgres"

    @property
    def description(self) -> Path:
        """Where a running stack says its addresses."""
        return self.root / "stack.json"

    def log(self, program: str) -> Path:
        """The log of a program."""
        return self.logs / f"{program}.log"


def given_folder(path: str | None) -> Folder:
    """The directory a user named, or the usual one; raises UsageError for what can be none."""
    if path is None:
        return Folder(default_folder())
    if not path.strip() or "," in path or not path.isprintable():
        raise UsageError(
            f"--data {path!r} cannot be a data directory."
            " Choose a path without commas and control characters."
        )
    folder = Path(path).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--data {folder} is a file. Choose a directory, or a path for a new one.")
    return Folder(folder)


def prepare(folder: Folder) -> None:
    """Make the directory and its folders; raises Missing if it cannot be ours or is too new."""
    try:
        folder.root.mkdir(mode=WALKABLE_MODE, parents=True, exist_ok=True)
        _require_own(folder.root)
        folder.root.chmod(WALKABLE_MODE if os.geteuid() == 0 else OWN_MODE)
        for inner in (folder.secrets, folder.logs, folder.work, folder.pids):
            inner.mkdir(mode=OWN_MODE, exist_ok=True)
            inner.chmod(OWN_MODE)
        _require_layout(folder.root / "layout")
    except OSError as problem:
        raise Missing(
            f"the data directory {folder.root} cannot be used:"
            f" {problem.strerror}: {problem.filename}. Choose another one with --data."
        ) from problem


def take(folder: Folder) -> TextIO:
    """The directory's lock, held while the file stays open; Missing if another stack has it."""
    lock = (folder.root / "lock").open("a+")
    if not await_true(lambda: _locked(lock), TAKE_S):
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise Missing(
            f"a stack already runs on {folder.root} (pid {holder or 'unknown'})."
            " Stop it, or choose another directory with --data and --port-offset 100."
        )
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def is_taken(folder: Folder) -> bool:
    """Whether a stack runs on this directory now."""
    try:
        with (folder.root / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _require_own(root: Path) -> None:
    if root.stat().st_uid != os.geteuid():
        raise Missing(f"{root} belongs to another user. Choose another directory with --data.")


def _require_layout(mark: Path) -> None:
    if not mark.exists():
        mark.write_text(f"{LAYOUT}\n")
    found = mark.read_text().strip()
    if found != LAYOUT:
        raise Missing(
            f"{mark.parent} was made by another version of lmc (layout {found!r}, this is"
            f" {LAYOUT!r}). Use that version, or choose another directory with --data."
        )
