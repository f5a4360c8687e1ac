"""A spool on disk: appended events are sent at least once, in order, even if processes crash."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from .client import BATCH_EVENTS_MAX, Result
from .validation import EventOrBytes, event_bytes, validate_except_declared_codes

_BYTES_MAX: Final = 256 * 1024 * 1024
"""Some hundred thousand events: weeks in which intake is unavailable."""
_REFUSED_MAX: Final = 10_000
"""Older ones are deleted, so that refused events never fill the spool."""
_BUSY_TIMEOUT_S: Final = 30.0
"""Transactions take milliseconds; a longer wait means that the disk does not answer."""
_LOCK_TIMEOUT_S: Final = 1.0
"""How long a second sender waits for the first one before it gives up."""

_DDL: Final = """
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
    """The event was not appended, because the spool or the disk is full."""


class WaitingEvent(NamedTuple):
    """An event without a result; numbers grow in the order of appending."""

    number: int
    id: str
    body: bytes


class RefusedEvent(NamedTuple):
    """An event that intake refused, and why. `requeue` or `discard` it by its number."""

    number: int
    id: str
    body: bytes
    code: str
    path: str
    detail: str


class Spool:
    """One partner's events in one SQLite file on a local disk.

    Any number of threads and processes may append and send at the same time, forked ones too:
    every call opens the file by itself. The file and its lock file are readable by their owner
    only. `bytes_max` limits the size of the file in bytes, `refused_max` the number of refused
    events that are kept, `lock_timeout_s` the wait for another sender in seconds.
    """

    def __init__(
        self,
        file: Path,
        *,
        bytes_max: int = _BYTES_MAX,
        refused_max: int = _REFUSED_MAX,
        lock_timeout_s: float = _LOCK_TIMEOUT_S,
    ) -> None:
        self.file = file
        self._bytes_max = bytes_max
        self._refused_max = refused_max
        self._lock_timeout_s = lock_timeout_s
        file.touch(mode=0o600)
        with self._opened() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_DDL)

    def append(self, *events: EventOrBytes) -> None:
        """Append events, all or none of them; when this returns they are on the disk.

        Raises Refusal for an event that every installation would refuse: it is not kept, so
        personal data never reach the disk. Raises SpoolFullError if there is no room; no event is
        ever dropped.
        """
        rows = [(validate_except_declared_codes(event).id, event_bytes(event)) for event in events]
        try:
            with self._writing() as db:
                self._require_space(db, sum(len(body) for _, body in rows))
                db.executemany("INSERT INTO waiting (id, body) VALUES (?, ?)", rows)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise SpoolFullError("The disk is full.") from error
            raise

    def waiting(self, limit: int = BATCH_EVENTS_MAX) -> Sequence[WaitingEvent]:
        """Return the oldest events that wait, at most `limit`."""
        with self._opened() as db:
            rows = db.execute("SELECT * FROM waiting ORDER BY number LIMIT ?", (limit,))
            return [WaitingEvent(*row) for row in rows]

    def refused(self, limit: int = BATCH_EVENTS_MAX) -> Sequence[RefusedEvent]:
        """Return the oldest events that were refused, at most `limit`."""
        with self._opened() as db:
            rows = db.execute("SELECT * FROM refused ORDER BY number LIMIT ?", (limit,))
            return [RefusedEvent(*row) for row in rows]

    def count(self) -> tuple[int, int]:
        """Return the number of events that wait, and of refused events that are kept."""
        with self._opened() as db:
            return _count(db)

    def record_results(self, results: Iterable[tuple[WaitingEvent, Result]]) -> None:
        """Delete the events that intake accepted; keep the refused ones with their reasons."""
        results = list(results)
        refused = [
            (result.code, result.path, _reasons(result), event.number)
            for event, result in results
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
                "DELETE FROM waiting WHERE number = ?", [(event.number,) for event, _ in results]
            )
            db.execute(
                "DELETE FROM refused WHERE number NOT IN"
                " (SELECT number FROM refused ORDER BY number DESC LIMIT ?)",
                (self._refused_max,),
            )

    def requeue(self, *numbers: int) -> None:
        """Let refused events wait again, in their original order, such as after a new grant."""
        chosen = [(number,) for number in numbers]
        with self._writing() as db:
            db.executemany(
                "INSERT INTO waiting SELECT number, id, body FROM refused WHERE number = ?", chosen
            )
            db.executemany("DELETE FROM refused WHERE number = ?", chosen)

    def discard(self, *numbers: int) -> None:
        """Delete refused events, such as those that you have corrected and appended again."""
        with self._writing() as db:
            db.executemany("DELETE FROM refused WHERE number = ?", [(n,) for n in numbers])

    @contextmanager
    def sender_lock(self) -> Iterator[bool]:
        """Lock sending from this spool until the block ends; yield whether the lock was free.

        It is a lock of the operating system, which ends with the process that holds it.
        """
        lock = self.file.with_name(f"{self.file.name}-sender")
        with closing(
            sqlite3.connect(lock, timeout=self._lock_timeout_s, isolation_level=None)
        ) as db:
            try:
                db.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                yield False
            else:
                yield True

    def _require_space(self, db: sqlite3.Connection, size: int) -> None:
        [used] = db.execute(
            "SELECT (page_count - freelist_count) * page_size"
            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
        ).fetchone()
        if used + size > self._bytes_max:
            waiting, refused = _count(db)
            raise SpoolFullError(
                f"{self.file} is full: {waiting} events wait and {refused} were refused."
                f" Its limit is {self._bytes_max} bytes. Send or discard events first."
            )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(
            sqlite3.connect(self.file, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        ) as db:
            db.execute("PRAGMA synchronous = FULL")
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction and commit it; an exception rolls it back."""
        with self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")


def _reasons(result: Result) -> str | None:
    """Return the first reason, and what else is wrong."""
    others = [
        f"{each.code} {each.path}: {each.detail} {each.remedy}" for each in result.problems[1:]
    ]
    return " ".join([result.detail, *others]) if result.detail else None


def _count(db: sqlite3.Connection) -> tuple[int, int]:
    row: tuple[int, int] = db.execute(
        "SELECT (SELECT count(*) FROM waiting), (SELECT count(*) FROM refused)"
    ).fetchone()
    return row
