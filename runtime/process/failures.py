"""Which exceptions are temporary: the database is unavailable, or a transaction lost a conflict."""

import asyncpg

from runtime.process.errors import Unavailable


class RetryTransaction(Exception):  # noqa: N818 - another transaction was faster, nothing is wrong
    """What the transaction has read was changed meanwhile: roll back and run it again."""


DATABASE_UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server closed a connection just before it was used
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.IdleInTransactionSessionTimeoutError,  # this process was suspended and lost its locks
    asyncpg.ReadOnlySQLTransactionError,  # the old primary after a failover
)
"""What a lost, refused, full or overloaded database raises: wait and retry."""
SERIALIZATION_FAILURES: tuple[type[Exception], ...] = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
"""40P01, 40001, 55P03: the same transaction may succeed when it is run again."""

CONFLICT_ERRORS: tuple[type[Exception], ...] = (RetryTransaction, *SERIALIZATION_FAILURES)
"""Another transaction was faster: run this one again at once."""
TRANSIENT_ERRORS: tuple[type[Exception], ...] = (*DATABASE_UNAVAILABLE, Unavailable)
"""A dependency is unavailable: wait before the next attempt."""
