"""Which definitions the stored entries follow, and whether they are this program's."""

import asyncio
import json

from runtime import log
from runtime.errors import Unavailable
from runtime.postgres import Pool
from runtime.trouble import Patience
from services.reporting.folding.worker import Worker

LOOK_AGAIN_S = 1.0
"""Between two looks whether the tables have been changed over to our definitions."""

BEGIN = """
INSERT INTO projection (name, catalogue_digest, series, files, ways)
VALUES ('live', $1, $2, $3::jsonb, $4::jsonb) ON CONFLICT DO NOTHING
"""
HOLD = "SELECT catalogue_digest, series FROM projection WHERE name = 'live' FOR UPDATE"
KNOWN_CODES = "SELECT code FROM subject WHERE code = ANY ($1::text[]) ORDER BY code"
TAKE_SERIES = "UPDATE projection SET series = $1 WHERE name = 'live'"
# Declared series are counted too; and of tables that are older than this column nothing is told.
TAKE_WAYS = """
UPDATE projection SET ways = $1::jsonb WHERE name = 'live' AND ways <> $1::jsonb
"""

OTHERS = (
    "the stored entries follow other definitions than this program's: nothing is folded until"
    " `lmc rebuild` has changed over (`lmc definitions diff` shows what would change)"
)

_LOG = log.get(__name__)


class Standing:
    """Whether the entries follow this program's definitions; while they do not, it stands back."""

    def __init__(self) -> None:
        self._trouble: str | None = None
        self._ours = asyncio.Event()

    def trouble(self) -> str | None:
        """Why nothing is folded or published, or None; a reason not to be ready."""
        return self._trouble

    def require(self) -> None:
        """Raise Unavailable while they do not."""
        if self._trouble is not None:
            raise Unavailable(self._trouble)

    async def ours(self) -> None:
        """Wait until the entries follow our definitions."""
        await self._ours.wait()

    def take(self) -> None:
        """They do."""
        self._trouble = None
        self._ours.set()

    def stand_back(self) -> None:
        """They do not."""
        self._trouble = OTHERS


async def await_ours(
    pool: Pool, worker: Worker, patience: Patience, standing: Standing | None = None
) -> None:
    """Return when the entries follow the worker's definitions; empty tables do so at once."""
    standing = standing or Standing()
    while not await patience.insist(lambda: claim(pool, worker)):
        if standing.trouble() is None:
            _LOG.warning("stands back", reason=OTHERS)
        standing.stand_back()
        await asyncio.sleep(LOOK_AGAIN_S)
    standing.take()


async def claim(pool: Pool, worker: Worker) -> bool:
    """Whether the entries follow the worker's definitions, and with them its declared series.

    Series that were declared, or are no more, are computed anew at once: each is one subject.
    """
    mine = worker.definitions
    series, files, ways = sorted(mine.series), json.dumps(mine.files), mine.ways
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(BEGIN, mine.digest, series, files, ways)
        held = await connection.fetchrow(HOLD)
        if held is None or held["catalogue_digest"] != mine.digest:
            return False
        await connection.execute(TAKE_WAYS, ways)
        changed = mine.series.symmetric_difference(held["series"])
        if changed:
            await connection.execute(TAKE_SERIES, series)
            found = await connection.fetch(KNOWN_CODES, [f"s-{each}" for each in sorted(changed)])
            await worker.compute_anew(connection, [row["code"] for row in found])
        return True
