"""Ends what a frozen copy of a service holds in the database, where PostgreSQL never does."""

import asyncio
from typing import NoReturn

from runtime import log
from runtime.postgres import TROUBLE, Pool

LOOK_SECONDS = 5.0
FROZEN_SECONDS_MAX = 10
"""So long a statement may wait for its client: ours send it, and read its answer, at once."""

_END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
  AND state = 'active' AND wait_event_type = 'Client'
  AND query_start < now() - make_interval(secs => $1)
"""

_LOG = log.get(__name__)


async def end_frozen(pool: Pool) -> NoReturn:
    """End sessions of our role whose client was frozen amid a statement; runs until cancelled.

    They would keep their row locks for ever: while PostgreSQL waits for the rows of a COPY, or for
    somebody to read its answer, none of its time limits holds.
    """
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            ended = await pool.fetchval(_END, FROZEN_SECONDS_MAX)
        except TROUBLE as error:
            _LOG.warning("cannot look for frozen sessions", trouble=log.brief(error))
            continue
        if ended:
            _LOG.warning("ended sessions of a frozen copy", sessions=ended)
