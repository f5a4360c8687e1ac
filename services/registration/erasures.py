"""The file of erasures, beside the database: what was promised outlives every backup of that."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from runtime import log
from runtime.context import Context
from runtime.outbox import say
from schemas.envelope import Envelope, hear, to_bytes
from schemas.event import Event
from schemas.problem import Refusal
from services.registration.settings import Settings
from services.registration.store import Book

OWN_MODE = 0o600

_LOG = log.get(__name__)


async def write_down(context: Context, said: Envelope[Event]) -> None:
    """Let an erasure stand in the file before it is promised; if it does already, nothing."""
    path = _path(context)
    if path is None:
        _LOG.warning("no file of erasures is set: an older backup could bring this one back")
        return
    await asyncio.to_thread(append, path, said)


async def say_again(context: Context) -> None:
    """Erase whom the file names and neither database nor log know to be erased, and say so again.

    That is lost if the database was set back to before an erasure that Kafka had not got yet.
    """
    path = _path(context)
    for said in await asyncio.to_thread(read, path) if path else ():
        async with context.pool.acquire() as connection, connection.transaction():
            book = Book(connection)
            await book.ledger.lock(said.subject)
            if await book.ledger.last(said.subject) is None:
                (again,) = await say(connection, [said])
                await book.forget(again)
                _LOG.warning("an erasure that was lost is said again", id=said.id)


def append(path: Path, said: Envelope[Event]) -> None:
    """Add a line and wait for the disk, unless the event stands there; raises OSError."""
    is_new = not path.exists()
    with open(path, "a+b", opener=_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().split(b"\n")
        if to_bytes(said) not in lines:
            file.write((b"\n" if lines[-1] else b"") + to_bytes(said) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(path.parent)


def read(path: Path) -> Sequence[Envelope[Event]]:
    """The erasures in the file, in order; a line torn by a crash was never promised."""
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            if line:
                found.append(hear(line))
        except Refusal:
            _LOG.error("a line of the erasures' file is no event", line=number)
    return found


def _path(context: Context) -> Path | None:
    assert isinstance(context.settings, Settings)  # noqa: S101 - the service declares them
    return context.settings.erasures_file


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, OWN_MODE)


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
