"""The connections of a service to PostgreSQL, and the limits of its sessions."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.process.settings import ServiceSettings, read_secret

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

_CONNECTIONS_MAX = 10
"""Per process: five services and a stack's tools stay below PostgreSQL's default of 100."""
CONNECT_SECONDS_MAX = 10.0
_CLOSE_SECONDS_MAX = 10.0
_COMMAND_SECONDS_MAX = 60.0
"""The client's own limit, above the server's: it ends a wait for a server that is lost."""
SESSION_LIMITS = {
    "idle_in_transaction_session_timeout": "5s",  # a suspended process must not keep row locks
    "lock_timeout": "8s",
    "statement_timeout": "45s",
    "transaction_timeout": "60s",  # the other two do not apply between the parts of a statement
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_NO_OVERRIDES: Mapping[str, str] = MappingProxyType({})

LOCK_MIGRATE = 1
LOCK_RELAY = 2
"""First half of the advisory locks' keys; the second is the hash of a schema's name."""


async def open_pool(settings: ServiceSettings, session: Mapping[str, str] = _NO_OVERRIDES) -> Pool:
    """Open the service's connections; raises one of DATABASE_UNAVAILABLE if there is none.

    `session` holds settings of the server that override SESSION_LIMITS.
    """
    return await asyncpg.create_pool(
        host=settings.postgres_host,
        port=settings.postgres_port,
        database=settings.postgres_database,
        user=settings.postgres_role,
        password=read_secret(settings.postgres_password_file),
        min_size=1,
        max_size=_CONNECTIONS_MAX,
        timeout=CONNECT_SECONDS_MAX,
        command_timeout=_COMMAND_SECONDS_MAX if session is _NO_OVERRIDES else None,
        server_settings={"application_name": settings.postgres_role, **SESSION_LIMITS, **session},
    )


@contextlib.asynccontextmanager
async def dedicated_connection(pool: Pool) -> AsyncIterator[Connection]:
    """Acquire a connection and close it after use: its locks, LISTENs and settings end with it."""
    async with pool.acquire() as connection:
        try:
            yield connection
        finally:
            with contextlib.suppress(*DATABASE_UNAVAILABLE):
                await connection.close(timeout=_CLOSE_SECONDS_MAX)
            with contextlib.suppress(asyncpg.InterfaceError):  # it was closed properly
                connection.terminate()
