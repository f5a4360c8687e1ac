"""The file of erasures, outside the database: an erasure survives every restored backup."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from runtime.context import Context
from runtime.messaging import outbox
from runtime.process import log
from schemas.envelope import Envelope, encode_event
from schemas.events.event import Event
from schemas.validation.decode import decode_event
from schemas.validation.problems import Refusal
from services.registration.repository import RegistrationRepository
from services.registration.settings import RegistrationSettings

_OWNER_ONLY = 0o600

_LOG = log.get(__name__)


async def record_erasure(context: Context, erasure: Envelope[Event]) -> None:
    """Write an erasure to the file before the request is answered, unless it is in it already."""
    path = _path(context)
    if path is None:
        _LOG.warning("no file of erasures is set: a restored backup could undo this one")
        return
    await asyncio.to_thread(append, path, erasure)


async def publish_lost_erasures(context: Context) -> None:
    """Erase the subjects of erasures in the file that neither database nor log know.

    Such an erasure is lost if the database was restored to before an erasure that had not reached
    Kafka yet. Its event is published again.
    """
    path = _path(context)
    for erasure in await asyncio.to_thread(read, path) if path else ():
        async with context.pool.acquire() as connection, connection.transaction():
            repository = RegistrationRepository(connection)
            await repository.facts.lock(erasure.subject)
            if await repository.facts.erasure_event(erasure.subject) is None:
                (published,) = await outbox.enqueue(connection, [erasure])
                await repository.erase(published)
                _LOG.warning("a lost erasure is published again", id=erasure.id)


def append(path: Path, erasure: Envelope[Event]) -> None:
    """Append a line and wait for the disk, unless the event is in the file; raises OSError."""
    is_new = not path.exists()
    with open(path, "a+b", opener=_open_private) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().split(b"\n")
        if encode_event(erasure) not in lines:
            file.write((b"\n" if lines[-1] else b"") + encode_event(erasure) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(path.parent)


def read(path: Path) -> Sequence[Envelope[Event]]:
    """Return the erasures in the file, in order; a line torn by a crash was never confirmed."""
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            if line:
                found.append(decode_event(line))
        except Refusal:
            _LOG.error("a line of the erasures' file is no event", line=number)
    return found


def _path(context: Context) -> Path | None:
    assert isinstance(context.settings, RegistrationSettings)  # noqa: S101 - declared in __main__
    return context.settings.erasures_file


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)


def _sync_folder(folder: Path) -> None:
    """Flush the folder, without which a new file's name may be lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
