"""Reads all exact tables of a council's period in one database snapshot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from runtime.storage.pool import Connection, Pool
from schemas.periods import Period
from services.reporting.domain.indicator import Indicator
from services.reporting.queries.snapshot import snapshot
from services.reporting.releases.model import ReleaseValue
from services.reporting.releases.repository import ProjectionState, ReleaseRepository
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import TOTAL, Table, Value


@dataclass(frozen=True, slots=True)
class PeriodSnapshot:
    """Values, and the projection they were read from."""

    projection: ProjectionState
    rows: Sequence[ReleaseValue]


def period_tables(definitions: Iterable[Indicator], place: str, period: Period) -> list[Table]:
    """Return every measure with its total and all its splits."""
    return [
        Table(indicator, measure, place, period, split)
        for indicator in definitions
        for measure in indicator.measures
        for split in (TOTAL, *(each.name for each in indicator.splits_of(measure)))
    ]


async def read_period(pool: Pool, tables: Sequence[Table], today: date) -> PeriodSnapshot:
    """Read the tables as of a day, all in one snapshot."""
    async with snapshot(pool) as connection:
        projection = await ReleaseRepository(connection).projection_state()
        return PeriodSnapshot(projection, await read_values(connection, tables, today))


async def read_values(
    connection: Connection, tables: Iterable[Table], today: date
) -> list[ReleaseValue]:
    """Read the values of the tables within the connection's transaction."""
    exact = await TableQueries.in_snapshot(connection)
    return [
        release_value(table, value)
        for table in tables
        for value in await exact.values(table, today)
    ]


def release_value(table: Table, value: Value) -> ReleaseValue:
    """Return a value of a table in the form that releases store."""
    return ReleaseValue(
        table.indicator.id,
        table.measure.name,
        table.split,
        value.bucket or TOTAL,
        value.value,
        value.state,
    )
