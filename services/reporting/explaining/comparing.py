"""A number at two moments: what is stored now, less what has changed since."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from runtime.clock import belgrade_day
from runtime.postgres import Connection
from services.reporting.answering.known_at import entries_at
from services.reporting.counting.indicator import Kind
from services.reporting.explaining.changes import NOTHING, Amount, Reason, amount
from services.reporting.explaining.difference import Asked, Tally, Told
from services.reporting.explaining.reading import one_bucket
from services.reporting.explaining.store import Shelf
from services.reporting.tables.memory import behind, values
from services.reporting.tables.store import Tables
from services.reporting.tables.table import TOTAL, State, Table, Value, is_pending


class Compared(NamedTuple):
    """A number at both moments, and what each reason has done to it."""

    table: Table
    before: Value
    after: Value
    reasons: Mapping[Reason, Tally]


class Comparing:
    """Numbers at two moments, over one connection.

    `is_foreign`: what is stored follows other definitions than this program's.
    """

    def __init__(self, connection: Connection, now: datetime, *, is_foreign: bool) -> None:
        self._connection = connection
        self._now = now
        self._is_foreign = is_foreign

    async def compare(self, table: Table, asked: Asked, told: Told) -> Compared:
        """The number of the table's bucket at both moments."""
        reasons = dict(told.between[table.name])
        if table.measure.kind is Kind.DURATION:
            before, after = await self._medians(table, asked)
        else:
            was, is_now = await self._amounts(table, asked, told, reasons)
            before = self._value(table, asked, was, asked.since)
            after = self._value(table, asked, is_now, asked.until)
        if before.state is State.PENDING and after.state is not State.PENDING:
            reasons[Reason.CALENDAR] = Tally()
        return Compared(table, before, after, reasons)

    async def _amounts(
        self, table: Table, asked: Asked, told: Told, reasons: dict[Reason, Tally]
    ) -> tuple[Amount, Amount]:
        """What the number is made of: whoever has not changed since is in what is stored now."""
        stored, net = await self._stored(table, asked), told.net(table.name)
        if not self._is_foreign:
            after = stored.less(told.later[table.name])
            return after.less(net), after
        entries = await entries_at(self._connection, [table], asked.since)
        before = amount(table, asked.bucket, behind(table, entries, asked.bucket))
        if asked.until is not None:
            return before, before.plus(net)
        rest = stored.less(before.plus(net))
        if rest != NOTHING:
            reasons[Reason.DEFINITION] = Tally(rest, max(rest.entries, 0), max(-rest.entries, 0))
        return before, stored

    async def _stored(self, table: Table, asked: Asked) -> Amount:
        shelf = Shelf(self._connection)
        cell = await shelf.cell(table, asked.bucket)
        if cell is None:
            return NOTHING
        found = await Tables(self._connection).values(table, self._day(None))
        (value,) = one_bucket(asked.bucket, table, found, self._day(None))
        return Amount(Decimal(value.value or 0), (await shelf.size(cell)).entries)

    async def _medians(self, table: Table, asked: Asked) -> tuple[Value, Value]:
        """Medians do not add up: all entries are read."""
        before = await self._known(table, asked, asked.since)
        if asked.until is not None:
            return before, await self._known(table, asked, asked.until)
        found = await Tables(self._connection).values(table, self._day(None))
        return before, one_bucket(asked.bucket, table, found, self._day(None))[0]

    async def _known(self, table: Table, asked: Asked, instant: datetime) -> Value:
        entries = await entries_at(self._connection, [table], instant)
        found = values(table, entries, self._day(instant))
        return one_bucket(asked.bucket, table, found, self._day(instant))[0]

    def _value(self, table: Table, asked: Asked, made_of: Amount, at: datetime | None) -> Value:
        """How the number was shown at the moment."""
        bucket = asked.bucket or TOTAL
        if table.measure.kind is Kind.OBSERVED and not made_of.entries:
            return Value(bucket, None, State.NONE)
        if is_pending(table.measure, table.period, self._day(at)):
            return Value(bucket, made_of.number, State.PENDING)
        return Value(bucket, made_of.number, State.VALUE if made_of.number else State.ZERO)

    def _day(self, instant: datetime | None) -> date:
        """Nobody knows more than today."""
        return belgrade_day(self._now if instant is None else min(instant, self._now))
