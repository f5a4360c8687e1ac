"""Which definitions the stored entries follow, and the change from one version to the next."""

from runtime import log
from runtime.errors import Missing
from runtime.postgres import Pool
from runtime.trouble import Patience
from services.reporting.folding.worker import Worker

SLICE_SUBJECTS = 500
"""Computed anew in one transaction: some tenths of a second, so that the fold hardly waits."""

BEGIN = """
INSERT INTO projection (name, catalogue_digest) VALUES ('live', $1) ON CONFLICT DO NOTHING
"""
HOLD = "SELECT catalogue_digest FROM projection WHERE name = 'live' FOR UPDATE"
IS_SUPERSEDED = "SELECT EXISTS (SELECT FROM superseded WHERE catalogue_digest = $1)"
SUPERSEDE = "INSERT INTO superseded (catalogue_digest) VALUES ($1)"
CHANGE = "UPDATE projection SET catalogue_digest = $1 WHERE name = 'live'"
BEGIN_REFOLD = """
INSERT INTO refold (projection, after_subject) VALUES ('live', 0)
ON CONFLICT (projection) DO UPDATE SET after_subject = 0
"""
HOLD_REFOLD = "SELECT after_subject FROM refold WHERE projection = 'live' FOR UPDATE"
SLICE = "SELECT id, code FROM subject WHERE id > $1 ORDER BY id LIMIT $2"
ADVANCE = "UPDATE refold SET after_subject = $1 WHERE projection = 'live'"
END_REFOLD = "DELETE FROM refold WHERE projection = 'live'"

_LOG = log.get(__name__)


async def claim(pool: Pool, digest: bytes) -> None:
    """Make this program's definitions those of the entries.

    Entries of an older version are computed anew by `refold`. Raises Missing if the entries already
    follow a newer version: two versions side by side would overwrite each other for ever.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(BEGIN, digest)
        stored: bytes = await connection.fetchval(HOLD)
        if stored == digest:
            return
        if await connection.fetchval(IS_SUPERSEDED, digest):
            raise Missing(
                "the entries follow newer definitions than this program's: start the newer"
                " version, or change the definitions so that they are a version of their own"
            )
        await connection.execute(SUPERSEDE, stored)
        await connection.execute(CHANGE, digest)
        await connection.execute(BEGIN_REFOLD)
    _LOG.info("definitions have changed: all entries are computed anew")


async def refold(pool: Pool, worker: Worker, patience: Patience) -> None:
    """Compute the entries of every subject anew, slice by slice, if the definitions changed.

    It goes on where another copy, or this one before a restart, has ended.
    """
    while await patience.insist(lambda: _slice(pool, worker)):
        pass


async def _slice(pool: Pool, worker: Worker) -> bool:
    """Compute one slice anew; whether there may be more."""
    async with pool.acquire() as connection, connection.transaction():
        begin = await connection.fetchval(HOLD_REFOLD)
        if begin is None:
            return False
        found = await connection.fetch(SLICE, begin, SLICE_SUBJECTS)
        if not found:
            await connection.execute(END_REFOLD)
            _LOG.info("all entries are computed anew")
            return False
        await worker.compute_anew(connection, [row["code"] for row in found])
        await connection.execute(ADVANCE, found[-1]["id"])
        return True
