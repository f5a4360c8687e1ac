"""Reads tables for an answer: all from one instant of the database, exact or as published."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

from runtime.postgres import Connection, Pool
from services.reporting.expecting.completeness import Completeness, judged
from services.reporting.publishing.policy import is_live, published
from services.reporting.publishing.store import Press
from services.reporting.tables.doubt import withheld
from services.reporting.tables.store import Tables
from services.reporting.tables.table import State, Table, Value, is_pending

Answered = list[tuple[Table, list[Value]]]


async def exact_tables(pool: Pool, tables: Sequence[Table], today: date) -> Answered:
    """The numbers as they are."""
    async with one_instant(pool) as connection:
        exact = await Tables.at_one_instant(connection)
        return [(table, await exact.values(table, today)) for table in tables]


async def published_tables(
    pool: Pool, tables: Sequence[Table], today: date, completeness: Completeness | None = None
) -> Answered:
    """The numbers as readers may see them.

    What is published is read. Where the fold is a moment ahead of the publisher, or a period was
    never asked for, the publisher's rule is applied on the spot: class A is live and exact, but a
    zero is not known to be one while somebody is silent, by a `completeness` that was read before.
    """
    told = completeness or Completeness(today)
    async with one_instant(pool) as connection:
        exact, press = await Tables.at_one_instant(connection), Press(connection)
        return [
            (table, judged(table, await _published(exact, press, table, today), told))
            for table in tables
        ]


async def _published(exact: Tables, press: Press, table: Table, today: date) -> list[Value]:
    if not is_live(table):
        return published(table, [])
    if (await exact.doubts()).meet(table):
        return withheld(table)
    value, is_stale = await press.read(table)
    if value is not None and not is_stale and _still_holds(table, value, today):
        return [value]
    return published(table, await exact.values(table, today))


def _still_holds(table: Table, value: Value, today: date) -> bool:
    """Whether no calendar and no proof has ended what was so when it was published."""
    if value.state is State.WITHHELD:
        return False
    return value.state is not State.PENDING or is_pending(table.measure, table.period, today)


@asynccontextmanager
async def one_instant(pool: Pool) -> AsyncIterator[Connection]:
    """A connection that sees the database as it is now, until the end."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("SELECT set_config('work_mem', $1, true)", WORK_MEMORY)
        yield connection


WORK_MEMORY = "32MB"
"""The persons of the largest table of the country fit in at a million facts; else the database
sorts them on the disk. As many at once as the pool has connections."""


@asynccontextmanager
async def one_long_instant(pool: Pool) -> AsyncIterator[Connection]:
    """The same for a reading that may take minutes, beyond what transactions may take usually.

    It must be one instant: of slices read at several a merge that is folded meanwhile could be
    seen by one of its persons and not by the other. What it costs is bounded by READING_S_MAX:
    so long vacuum keeps dead rows, and a change of projections waits.
    """
    async with one_instant(pool) as connection:
        for name, seconds in LONG:  # a timer that runs must be stopped before it is set anew
            await connection.execute("SELECT set_config($1, $2, true)", name, f"{seconds}s")
        yield connection


READING_S_MAX = 600
FOLDING_S_MAX = 60
"""Between two slices we fold, on a machine that may be busy; it holds no row, so nobody waits."""
LONG = (
    ("transaction_timeout", 0),
    ("transaction_timeout", READING_S_MAX),
    ("statement_timeout", READING_S_MAX),
    ("idle_in_transaction_session_timeout", FOLDING_S_MAX),
)
