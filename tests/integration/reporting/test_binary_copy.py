"""Entries written with our binary COPY equal those that the driver writes."""

from collections import Counter
from datetime import date
from decimal import Decimal

from services.reporting.projection.repository import ProjectionRepository
from services.reporting.projection.rows import EntryRow
from tests.integration.reporting.harness import ReportingHarness

DAY, LATER = date(2023, 3, 2), date(2023, 8, 29)
ROWS = (
    EntryRow(1, DAY, None, 7, "71072", (1, 2, 300_000), 1),
    EntryRow(1, DAY, None, 7, "71072", (1, 2, 300_000), 1),
    EntryRow(2, date(1900, 1, 1), LATER, 32_000, "", (), 1),
    EntryRow(2**40, LATER, date(9999, 12, 31), 1, "79022", (5,), Decimal("12.25")),
    EntryRow(2**40, LATER, None, 1, "79022", (5,), 0),
    EntryRow(3, DAY, None, 1, "79022", tuple(range(1, 40)), Decimal(1)),
)


async def test_entries_are_read_as_they_were_written(reporting: ReportingHarness) -> None:
    async with reporting.context.pool.acquire() as connection:
        repository = ProjectionRepository(connection)
        await repository.insert_entries(ROWS)
        read = await repository.entries_of({row.subject for row in ROWS})

    assert Counter(row for _, row in read) == Counter(ROWS)


async def test_an_empty_list_of_entries_writes_nothing(reporting: ReportingHarness) -> None:
    async with reporting.context.pool.acquire() as connection:
        await ProjectionRepository(connection).insert_entries([])

        assert await connection.fetchval("SELECT count(*) FROM entry") == 0


async def test_the_driver_writes_the_same_rows(
    reporting: ReportingHarness,
) -> None:
    columns = ("subject", "on_date", "until_date", "measure", "municipality", "buckets", "amount")
    async with reporting.context.pool.acquire() as connection:
        await ProjectionRepository(connection).insert_entries(ROWS)
        await connection.copy_records_to_table("entry", records=ROWS, columns=columns)
        rows = await connection.fetch(
            "SELECT count(*) FROM entry e GROUP BY to_jsonb(e), e.buckets, e.amount, e.until_date"
        )

    assert sorted(row["count"] for row in rows) == [2, 2, 2, 2, 4]
