"""Compares the definitions of the stored entries with this program's; blocks while they differ."""

import asyncio

from runtime.process import log
from runtime.process.errors import Unavailable
from runtime.process.retry import RetryPolicy
from runtime.storage.pool import Pool
from services.reporting.projection import queries
from services.reporting.projection.batch_handler import ProjectionHandler
from services.reporting.projection.fingerprint import (
    changes,
    dump_parts,
    in_one_line,
    load_parts,
)
from services.reporting.projection.repository import StoredDefinitions

_CHECK_EVERY_S = 1.0
"""Seconds between two checks whether a rebuild has cut over to this program's definitions."""

_OTHER_DEFINITIONS = (
    "the stored entries were computed by other definitions than this program's ({changes}):"
    " nothing is processed until `lmc rebuild` has cut over (`lmc definitions diff` shows what"
    " would change)"
)

_LOG = log.get(__name__)


class DefinitionGate:
    """Open when the stored entries were computed by this program's definitions, else blocked."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._is_open = asyncio.Event()

    def unready_reason(self) -> str | None:
        """Return why nothing is processed or published; None unless blocked."""
        return self._reason

    def require_open(self) -> None:
        """Raise Unavailable while the gate is blocked."""
        if self._reason is not None:
            raise Unavailable(self._reason)

    async def wait_until_open(self) -> None:
        """Return when the gate has been opened."""
        await self._is_open.wait()

    def open(self) -> None:
        """Open the gate: the entries follow this program's definitions."""
        self._reason = None
        self._is_open.set()

    def block(self, reason: str) -> None:
        """Block the gate: the entries follow other definitions; `reason` is one line."""
        self._reason = reason


async def wait_until_current(
    pool: Pool,
    handler: ProjectionHandler,
    retries: RetryPolicy,
    gate: DefinitionGate | None = None,
) -> None:
    """Return when the entries follow the handler's definitions; at once if there are none yet."""
    gate = gate or DefinitionGate()
    while not await retries.retry_forever(lambda: claim_projection(pool, handler)):
        reason = await retries.retry_forever(lambda: difference_from_stored(pool, handler))
        if reason != gate.unready_reason():
            _LOG.warning("blocked", reason=reason)
        gate.block(reason)
        await asyncio.sleep(_CHECK_EVERY_S)
    gate.open()


async def difference_from_stored(pool: Pool, handler: ProjectionHandler) -> str:
    """Return in one line which definitions differ from the stored ones, and what to do."""
    async with pool.acquire() as connection:
        stored = await queries.stored_parts(connection)
    changed = changes({} if stored is None else load_parts(stored), handler.definitions.parts)
    return _OTHER_DEFINITIONS.format(changes=in_one_line(changed))


async def claim_projection(pool: Pool, handler: ProjectionHandler) -> bool:
    """Return whether the entries follow the handler's definitions; adopt its declared series.

    Entries of series that were added or removed are recomputed at once; each series is one subject.
    """
    mine = handler.definitions
    async with pool.acquire() as connection, connection.transaction():
        await queries.insert_definitions(
            connection,
            StoredDefinitions(mine.fingerprint, mine.series),
            dump_parts(mine.parts),
            mine.aggregation_specs,
        )
        stored = await queries.lock_definitions(connection)
        if stored is None or stored.fingerprint != mine.fingerprint:
            return False
        await queries.update_specs(connection, mine.aggregation_specs)
        if changed := mine.series.symmetric_difference(stored.series):
            await queries.update_series(connection, mine.series)
            codes = [f"s-{series}" for series in sorted(changed)]
            await handler.recompute(connection, await queries.existing_codes(connection, codes))
        return True
