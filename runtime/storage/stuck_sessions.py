"""Terminates database sessions of a suspended replica, which PostgreSQL itself never does."""

import asyncio
from typing import NoReturn

from runtime.process import log
from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.storage.pool import Pool

_CHECK_INTERVAL_S = 5.0
_STUCK_SECONDS_MAX = 10
"""A statement may wait so long for its client, which sends it and reads its result at once."""

_TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
  AND state = 'active' AND wait_event_type = 'Client'
  AND query_start < now() - make_interval(secs => $1)
"""

_LOG = log.get(__name__)


async def terminate_stuck_sessions(pool: Pool) -> NoReturn:
    """Terminate sessions of our role whose client was suspended during a statement, repeatedly.

    They would keep their row locks for ever: while PostgreSQL waits for the rows of a COPY, or for
    the client to read a result, none of its time limits applies.
    """
    while True:
        await asyncio.sleep(_CHECK_INTERVAL_S)
        try:
            terminated = await pool.fetchval(_TERMINATE, _STUCK_SECONDS_MAX)
        except DATABASE_UNAVAILABLE as error:
            _LOG.warning("cannot check for stuck sessions", failure=log.brief(error))
            continue
        if terminated:
            _LOG.warning("terminated sessions of a suspended replica", sessions=terminated)
