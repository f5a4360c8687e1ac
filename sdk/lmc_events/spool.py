"""A spool on disk: what is appended here is sent at least once, in order, whatever is killed."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from .checking import Said, bytes_of, check_language
from .client import BATCH_EVENTS_MAX, Result

BYTES_MAX: Final = 256 * 1024 * 1024
"""Some hundred thousand events: weeks without a door."""
REFUSED_MAX: Final = 10_000
"""The oldest beyond it are forgotten, so that refused events never crowd out the others."""
BUSY_S: Final = 30.0
"""Transactions take milliseconds; one that waits longer has met a stopped disk."""
LOCK_S: Final = 1.0

DDL: Final = """
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS refused (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    code TEXT NOT NULL,
    path TEXT NOT NULL,
    detail TEXT NOT NULL
);
"""


class SpoolFullError(Exception):
    """The event was not appended: the spool, or the disk, has no room for it."""


class Waiting(NamedTuple):
    """An event that the door has not judged yet; numbers grow in the order of appending."""

    number: int
    id: str
    body: bytes


class Refused(NamedTuple):
    """An event that the door refused, and why. `requeue` or `discard` it by its number."""

    number: int
    id: str
    body: bytes
    code: str
    path: str
    detail: str


class Spool:
    """One partner's events in one SQLite file on a local disk.

    Any number of threads and processes may append and send at the same time, forked ones too:
    every call opens the file anew.
    """

    def __init__(self, file: Path, *, bytes_max: int = BYTES_MAX) -> None:
        self.file = file
        self._bytes_max = bytes_max
        file.touch(mode=0o600)
        with self._opened() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(DDL)

    def append(self, *events: Said) -> None:
        """Keep events, all or none of them; when this returns they are on the disk.

        Raises Refusal for an event that every door would refuse: it is not kept, so personal data
        never reach the disk. Raises SpoolFullError if there is no room; nothing is ever dropped.
        """
        rows = [(check_language(event).id, bytes_of(event)) for event in events]
        try:
            with self._writing() as db:
                self._require_room(db, sum(len(body) for _, body in rows))
                db.executemany("INSERT INTO waiting (id, body) VALUES (?, ?)", rows)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise SpoolFullError("The disk is full.") from error
            raise

    def waiting(self, most: int = BATCH_EVENTS_MAX) -> Sequence[Waiting]:
        """The oldest events that wait."""
        with self._opened() as db:
            rows = db.execute("SELECT * FROM waiting ORDER BY number LIMIT ?", (most,))
            return [Waiting(*row) for row in rows]

    def refused(self, most: int = BATCH_EVENTS_MAX) -> Sequence[Refused]:
        """The oldest events that were refused."""
        with self._opened() as db:
            rows = db.execute("SELECT * FROM refused ORDER BY number LIMIT ?", (most,))
            return [Refused(*row) for row in rows]

    def count(self) -> tuple[int, int]:
        """How many events wait, and how many were refused."""
        with self._opened() as db:
            return _count(db)

    def settle(self, judged: Iterable[tuple[Waiting, Result]]) -> None:
        """Forget what the door has taken, put aside what it refused."""
        judged = list(judged)
        refused = [
            (result.code, result.path, result.detail, event.number)
            for event, result in judged
            if result.status == "refused"
        ]
        with self._writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO refused"
                " SELECT number, id, body, coalesce(?, ''), coalesce(?, ''), coalesce(?, '')"
                " FROM waiting WHERE number = ?",
                refused,
            )
            db.executemany(
                "DELETE FROM waiting WHERE number = ?", [(event.number,) for event, _ in judged]
            )
            db.execute(
                "DELETE FROM refused WHERE number NOT IN"
                " (SELECT number FROM refused ORDER BY number DESC LIMIT ?)",
                (REFUSED_MAX,),
            )

    def requeue(self, *numbers: int) -> None:
        """Let refused events wait again, in their old places: what they lacked is there now."""
        chosen = [(number,) for number in numbers]
        with self._writing() as db:
            db.executemany(
                "INSERT INTO waiting SELECT number, id, body FROM refused WHERE number = ?", chosen
            )
            db.executemany("DELETE FROM refused WHERE number = ?", chosen)

    def discard(self, *numbers: int) -> None:
        """Forget refused events, such as those that were appended again, corrected."""
        with self._writing() as db:
            db.executemany("DELETE FROM refused WHERE number = ?", [(n,) for n in numbers])

    @contextmanager
    def sole_sender(self) -> Iterator[bool]:
        """Whether nobody else sends from this spool until the block ends.

        The lock is the system's own and goes with the process that held it.
        """
        lock = self.file.with_name(f"{self.file.name}-sender")
        with closing(sqlite3.connect(lock, timeout=LOCK_S, isolation_level=None)) as db:
            try:
                db.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                yield False
            else:
                yield True

    def _require_room(self, db: sqlite3.Connection, size: int) -> None:
        [used] = db.execute(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        ).fetchone()
        if used + size > self._bytes_max:
            waiting, refused = _count(db)
            raise SpoolFullError(
                f"{waiting} events wait in {self.file} and {refused} were refused, which is all"
                f" that {self._bytes_max} bytes hold."
            )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=BUSY_S, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = FULL")
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction; what is not committed when an exception leaves the block, never was."""
        with self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")


def _count(db: sqlite3.Connection) -> tuple[int, int]:
    row: tuple[int, int] = db.execute(
        "SELECT (SELECT count(*) FROM waiting), (SELECT count(*) FROM refused)"
    ).fetchone()
    return row
