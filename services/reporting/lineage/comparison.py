"""A number at two instants: the stored number, minus what has changed since."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from runtime.process.clock import belgrade_day
from runtime.storage.pool import Connection
from services.reporting.domain.indicator import MeasureKind
from services.reporting.lineage.attribution import (
    NO_CONTRIBUTION,
    ChangeReason,
    Contribution,
    contribution,
)
from services.reporting.lineage.number_lineage import select_bucket
from services.reporting.lineage.queries import LineageQueries
from services.reporting.lineage.replay import ChangeQuery, ReasonTotal, ReplayResult
from services.reporting.queries.as_of import table_entries_as_of
from services.reporting.tables.in_memory import contributing_entries, values_in_memory
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import TOTAL, Table, Value, ValueState, is_pending


class NumberComparison(NamedTuple):
    """A number at both instants, and what each reason changed."""

    table: Table
    before: Value
    after: Value
    reasons: Mapping[ChangeReason, ReasonTotal]


class NumberComparer:
    """Computes numbers at two instants over one connection.

    `is_foreign`: the stored entries follow other definitions than this program's.
    """

    def __init__(self, connection: Connection, now: datetime, *, is_foreign: bool) -> None:
        self._connection = connection
        self._now = now
        self._is_foreign = is_foreign

    async def compare(
        self, table: Table, query: ChangeQuery, replayed: ReplayResult
    ) -> NumberComparison:
        """Return the number of the table's bucket at both instants."""
        reasons = dict(replayed.by_measure[table.name])
        if table.measure.kind is MeasureKind.DURATION:
            before, after = await self._medians(table, query)
        else:
            was, is_now = await self._amounts(table, query, replayed, reasons)
            before = self._value(table, query, was, query.since)
            after = self._value(table, query, is_now, query.until)
        if before.state is ValueState.PENDING and after.state is not ValueState.PENDING:
            reasons[ChangeReason.CALENDAR] = ReasonTotal()
        return NumberComparison(table, before, after, reasons)

    async def _amounts(
        self,
        table: Table,
        query: ChangeQuery,
        replayed: ReplayResult,
        reasons: dict[ChangeReason, ReasonTotal],
    ) -> tuple[Contribution, Contribution]:
        """Return both contributions; unchanged subjects are taken from the stored entries."""
        stored, net = await self._stored(table, query), replayed.net(table.name)
        if not self._is_foreign:
            after = stored.subtract(replayed.later[table.name])
            return after.subtract(net), after
        entries = await table_entries_as_of(self._connection, [table], query.since)
        before = contribution(
            table, query.bucket, contributing_entries(table, entries, query.bucket)
        )
        if query.until is not None:
            return before, before.add(net)
        rest = stored.subtract(before.add(net))
        if rest != NO_CONTRIBUTION:
            reasons[ChangeReason.DEFINITION] = ReasonTotal(
                rest, max(rest.entries, 0), max(-rest.entries, 0)
            )
        return before, stored

    async def _stored(self, table: Table, query: ChangeQuery) -> Contribution:
        queries = LineageQueries(self._connection)
        cell = await queries.cell(table, query.bucket)
        if cell is None:
            return NO_CONTRIBUTION
        found = await TableQueries(self._connection).values(table, self._day(None))
        (value,) = select_bucket(query.bucket, table, found, self._day(None))
        return Contribution(Decimal(value.value or 0), (await queries.size(cell)).entries)

    async def _medians(self, table: Table, query: ChangeQuery) -> tuple[Value, Value]:
        """Compute both medians from all entries: medians do not add up."""
        before = await self._as_of(table, query, query.since)
        if query.until is not None:
            return before, await self._as_of(table, query, query.until)
        found = await TableQueries(self._connection).values(table, self._day(None))
        return before, select_bucket(query.bucket, table, found, self._day(None))[0]

    async def _as_of(self, table: Table, query: ChangeQuery, instant: datetime) -> Value:
        entries = await table_entries_as_of(self._connection, [table], instant)
        found = values_in_memory(table, entries, self._day(instant))
        return select_bucket(query.bucket, table, found, self._day(instant))[0]

    def _value(
        self, table: Table, query: ChangeQuery, contributed: Contribution, at: datetime | None
    ) -> Value:
        """Return the number as it was displayed at the instant."""
        bucket = query.bucket or TOTAL
        if table.measure.kind is MeasureKind.OBSERVED and not contributed.entries:
            return Value(bucket, None, ValueState.NONE)
        if is_pending(table.measure, table.period, self._day(at)):
            return Value(bucket, contributed.number, ValueState.PENDING)
        return Value(
            bucket, contributed.number, ValueState.VALUE if contributed.number else ValueState.ZERO
        )

    def _day(self, instant: datetime | None) -> date:
        """Return the civil day of the instant, or today if that is earlier."""
        return belgrade_day(self._now if instant is None else min(instant, self._now))
