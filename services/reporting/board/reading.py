"""Reads all totals of a council's board at once: as published, in a handful of statements.

It gives what `reading.published_tables` gives, which asks once per table.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from runtime.postgres import Connection, Pool
from services.reporting.answering.reading import one_instant
from services.reporting.board.store import Shelf
from services.reporting.counting.indicator import Kind
from services.reporting.expecting.completeness import Completeness, judged
from services.reporting.publishing.policy import is_live, published
from services.reporting.publishing.store import Cell
from services.reporting.tables.doubt import withheld
from services.reporting.tables.store import Tables
from services.reporting.tables.table import State, Table, Value, is_pending, shown_observation


async def published_totals(
    pool: Pool, tables: Sequence[Table], today: date, completeness: Completeness | None = None
) -> Mapping[str, Value]:
    """The value of each table by its name; all are totals of one council and one period.

    A zero is judged by a `completeness` that was read before.
    """
    told = completeness or Completeness(today)
    async with one_instant(pool) as connection:
        values = await totals(connection, tables, today)
    return {table.name: judged(table, [values[table.name]], told)[0] for table in tables}


async def totals(
    connection: Connection, tables: Sequence[Table], today: date
) -> Mapping[str, Value]:
    """The same over one connection, which should see one instant."""
    denied = {table.name: published(table, [])[0] for table in tables if not is_live(table)}
    exact = await Tables.at_one_instant(connection)
    doubts = await exact.doubts()
    doubted = {t.name: withheld(t)[0] for t in tables if is_live(t) and doubts.meet(t)}
    live = [table for table in tables if is_live(table) and table.name not in doubted]
    if not live:
        return denied | doubted
    shelf = Shelf(connection, live[0].place, live[0].period)
    cells = await shelf.published(live)
    standing = {
        table.name: cell.value
        for table, cell in zip(live, cells, strict=True)
        if cell.value is not None and _stands(table, cell, cell.value, today)
    }
    others = [table for table in live if table.name not in standing]
    return denied | doubted | standing | await _counted(exact, shelf, others, today)


def _stands(table: Table, cell: Cell, value: Value, today: date) -> bool:
    """Whether neither the fold, the calendar nor a proof has gone past what is published."""
    if value.state is State.WITHHELD:
        return False
    has_ended = value.state is State.PENDING and not is_pending(table.measure, table.period, today)
    return not cell.is_stale and not has_ended


async def _counted(
    exact: Tables, shelf: Shelf, tables: Sequence[Table], today: date
) -> dict[str, Value]:
    """What the publisher would write of these now."""
    observed = [table for table in tables if table.measure.kind is Kind.OBSERVED]
    medians = [table for table in tables if table.measure.kind is Kind.DURATION]
    counted = [table for table in tables if table not in observed and table not in medians]
    found = {table.name: await exact.values(table, today) for table in medians}
    if counted:
        rows = await exact.totals(counted, today)
        found |= {table.name: values for table, values in zip(counted, rows, strict=True)}
    if observed:
        figures = await shelf.observed(observed)
        found |= {
            table.name: [shown_observation(figure)]
            for table, figure in zip(observed, figures, strict=True)
        }
    return {table.name: published(table, found[table.name])[0] for table in tables}
