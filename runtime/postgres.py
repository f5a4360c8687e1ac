"""PostgreSQL: the pool of a service, what its trouble looks like, and its limits."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from runtime.settings import ServiceSettings, read_secret

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

TROUBLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server ended a connection that was just about to be used
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.IdleInTransactionSessionTimeoutError,  # we were frozen, and our locks are gone
    asyncpg.ReadOnlySQLTransactionError,  # the old primary after a failover
)
"""What a lost, refused, full or overloaded database raises: wait and try again."""
AGAIN: tuple[type[Exception], ...] = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
"""40P01, 40001, 55P03: the same transaction may succeed if it is begun anew."""

CONNECTIONS_MAX = 10
"""Per process: five services and a stack's tools stay below PostgreSQL's default of 100."""
CONNECT_SECONDS_MAX = 10.0
CLOSE_SECONDS_MAX = 10.0
COMMAND_SECONDS_MAX = 60.0
"""The client's own limit, above the server's: it ends a wait for a server that has vanished."""
LIMITS = {
    "idle_in_transaction_session_timeout": "5s",  # a frozen process must not keep row locks
    "lock_timeout": "8s",
    "statement_timeout": "45s",
    "transaction_timeout": "60s",  # the other two do not hold between the parts of a statement
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})

LOCK_MIGRATE = 1
LOCK_RELAY = 2
"""First half of our advisory locks' keys; the second is the hash of a name."""


async def open_pool(settings: ServiceSettings, session: Mapping[str, str] = NOTHING_MORE) -> Pool:
    """The service's connections; raises one of TROUBLE if the database is not there.

    `session` has settings of the server that differ from LIMITS.
    """
    return await asyncpg.create_pool(
        host=settings.postgres_host,
        port=settings.postgres_port,
        database=settings.postgres_database,
        user=settings.postgres_role,
        password=read_secret(settings.postgres_password_file),
        min_size=1,
        max_size=CONNECTIONS_MAX,
        timeout=CONNECT_SECONDS_MAX,
        command_timeout=COMMAND_SECONDS_MAX if session is NOTHING_MORE else None,
        server_settings={"application_name": settings.postgres_role, **LIMITS, **session},
    )


@contextlib.asynccontextmanager
async def own_session(pool: Pool) -> AsyncIterator[Connection]:
    """A connection that ends with its use, and with it its locks, listening and settings."""
    async with pool.acquire() as connection:
        try:
            yield connection
        finally:
            with contextlib.suppress(*TROUBLE):
                await connection.close(timeout=CLOSE_SECONDS_MAX)
            with contextlib.suppress(asyncpg.InterfaceError):  # closed well, it is forgotten
                connection.terminate()
