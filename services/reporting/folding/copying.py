"""Entries as bytes of PostgreSQL's binary COPY: most of a row recurs, and is made once.

The driver looks at every number of every list anew; two of three bytes of an entry are its buckets.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from io import BytesIO
from struct import Struct

from runtime.postgres import Connection
from services.reporting.folding.rows import Row

COLUMNS = ("subject", "on_date", "until_date", "measure", "municipality", "buckets", "amount")

BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
ONE = Struct("!ihhhhh").pack(10, 1, 0, 0, 0, 1)
"""The numeric 1: one digit, of weight 0, positive, without decimals."""
EPOCH = date(2000, 1, 1).toordinal()
INT4 = 23
"""PostgreSQL's number of the type integer."""
NO_BUCKETS = Struct("!iiii").pack(12, 0, 0, INT4)

_BEGIN_ROW = Struct("!hiqii")
_DAY = Struct("!ii")
_NUMBER = Struct("!ih")
_LENGTH = Struct("!i")
_BEGIN_LIST = Struct("!iiiiii")


async def copy_entries(connection: Connection, rows: Iterable[Row], schema: str | None) -> None:
    """Append entries to the table of a schema, by default of the session's."""
    ones: list[Row] = []
    others: list[Row] = []
    for row in rows:
        (ones if row.amount == 1 else others).append(row)
    if ones:
        await connection.copy_to_table(
            "entry",
            source=BytesIO(encoded(ones)),
            format="binary",
            columns=COLUMNS,
            schema_name=schema,
        )
    if others:
        await connection.copy_records_to_table(
            "entry", records=others, columns=COLUMNS, schema_name=schema
        )


def encoded(rows: Iterable[Row]) -> bytes:
    """Rows that count one, as a whole binary COPY."""
    parts = [BEGIN]
    for subject, on, until, measure, municipality, buckets, _ in rows:
        parts += (
            _BEGIN_ROW.pack(len(COLUMNS), 8, subject, 4, on.toordinal() - EPOCH),
            NULL if until is None else _DAY.pack(4, until.toordinal() - EPOCH),
            _NUMBER.pack(2, measure),
            _text(municipality),
            _list(buckets),
            ONE,
        )
    parts.append(END)
    return b"".join(parts)


@lru_cache(maxsize=1024)  # councils
def _text(text: str) -> bytes:
    told = text.encode()
    return _LENGTH.pack(len(told)) + told


@lru_cache(maxsize=65_536)  # sets of buckets: as many as are remembered by their names
def _list(numbers: tuple[int, ...]) -> bytes:
    if not numbers:
        return NO_BUCKETS
    count = len(numbers)
    begin = _BEGIN_LIST.pack(20 + 8 * count, 1, 0, INT4, count, 1)
    return begin + b"".join(_DAY.pack(4, number) for number in numbers)
