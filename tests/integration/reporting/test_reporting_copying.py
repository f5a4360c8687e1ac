"""Entries that are written as bytes are read as they were meant."""

from collections import Counter
from datetime import date
from decimal import Decimal

from services.reporting.folding.rows import Row
from services.reporting.folding.store import Book
from tests.integration.reporting.desk import Desk

DAY, LATER = date(2023, 3, 2), date(2023, 8, 29)
ROWS = (
    Row(1, DAY, None, 7, "71072", (1, 2, 300_000), 1),
    Row(1, DAY, None, 7, "71072", (1, 2, 300_000), 1),
    Row(2, date(1900, 1, 1), LATER, 32_000, "", (), 1),
    Row(2**40, LATER, date(9999, 12, 31), 1, "79022", (5,), Decimal("12.25")),
    Row(2**40, LATER, None, 1, "79022", (5,), 0),
    Row(3, DAY, None, 1, "79022", tuple(range(1, 40)), Decimal(1)),
)


async def test_entries_come_back_as_they_were_written(desk: Desk) -> None:
    async with desk.context.pool.acquire() as connection:
        book = Book(connection)
        await book.add_entries(ROWS)
        read = await book.entries_of({row.subject for row in ROWS})

    assert Counter(row for _, row in read) == Counter(ROWS)


async def test_no_entries_write_nothing(desk: Desk) -> None:
    async with desk.context.pool.acquire() as connection:
        await Book(connection).add_entries([])

        assert await connection.fetchval("SELECT count(*) FROM entry") == 0


async def test_what_the_driver_would_write_is_the_same_to_the_database(desk: Desk) -> None:
    columns = ("subject", "on_date", "until_date", "measure", "municipality", "buckets", "amount")
    async with desk.context.pool.acquire() as connection:
        await Book(connection).add_entries(ROWS)
        await connection.copy_records_to_table("entry", records=ROWS, columns=columns)
        rows = await connection.fetch(
            "SELECT count(*) FROM entry e GROUP BY to_jsonb(e), e.buckets, e.amount, e.until_date"
        )

    assert sorted(row["count"] for row in rows) == [2, 2, 2, 2, 4]
