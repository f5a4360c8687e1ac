"""Reads the values of tables from one snapshot: exact, or as published."""

from collections.abc import Sequence
from datetime import date

from runtime.storage.pool import Pool
from services.reporting.completeness.model import Completeness, mark_silent_zeros
from services.reporting.publication.policy import apply_policy, is_live
from services.reporting.publication.queries import PublicationQueries
from services.reporting.queries.snapshot import snapshot
from services.reporting.tables.holds import withheld_values
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import Table, Value, ValueState, is_pending

TableValues = list[tuple[Table, list[Value]]]


async def exact_values(pool: Pool, tables: Sequence[Table], today: date) -> TableValues:
    """Return the exact values, whatever the policy."""
    async with snapshot(pool) as connection:
        exact = await TableQueries.in_snapshot(connection)
        return [(table, await exact.values(table, today)) for table in tables]


async def published_values(
    pool: Pool, tables: Sequence[Table], today: date, completeness: Completeness | None = None
) -> TableValues:
    """Return the values that every reader may see.

    Published totals are read. Where the projection is ahead of the publisher, or a period was
    never published, the publisher's rules are applied here: class A is live and exact, and a zero
    is silent while a reporter is, by a `completeness` that was loaded before.
    """
    known = completeness or Completeness(today)
    async with snapshot(pool) as connection:
        exact, published = (
            await TableQueries.in_snapshot(connection),
            PublicationQueries(connection),
        )
        return [
            (table, mark_silent_zeros(table, await _public(exact, published, table, today), known))
            for table in tables
        ]


def is_still_valid(table: Table, value: Value, today: date) -> bool:
    """Return whether neither the calendar nor a reconciliation has outdated a published value."""
    if value.state is ValueState.WITHHELD:
        return False
    return value.state is not ValueState.PENDING or is_pending(table.measure, table.period, today)


async def _public(
    exact: TableQueries, published: PublicationQueries, table: Table, today: date
) -> list[Value]:
    if not is_live(table):
        return apply_policy(table, [])
    if (await exact.holds()).cover(table):
        return withheld_values(table)
    value, is_stale = await published.published_total(table)
    if value is not None and not is_stale and is_still_valid(table, value, today):
        return [value]
    return apply_policy(table, await exact.values(table, today))
