"""Encode entries for PostgreSQL's binary COPY, with recurring parts of rows cached.

The driver would encode every number of every list again; two of three bytes of an entry are its
buckets.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from io import BytesIO
from struct import Struct

from runtime.storage.pool import Connection
from services.reporting.projection.rows import EntryRow

_COLUMNS = ("subject", "on_date", "until_date", "measure", "municipality", "buckets", "amount")

_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_ONE = Struct("!ihhhhh").pack(10, 1, 0, 0, 0, 1)
"""The numeric 1: one digit of weight 0, positive, no decimals."""
_EPOCH = date(2000, 1, 1).toordinal()
_INT4 = 23
"""PostgreSQL's OID of the type integer."""
_NO_BUCKETS = Struct("!iiii").pack(12, 0, 0, _INT4)

_BEGIN_ROW = Struct("!hiqii")
_DAY = Struct("!ii")
_NUMBER = Struct("!ih")
_LENGTH = Struct("!i")
_BEGIN_LIST = Struct("!iiiiii")


async def copy_entries(
    connection: Connection, rows: Iterable[EntryRow], schema: str | None
) -> None:
    """Append entries to the table of a schema; None means the session's search path."""
    ones: list[EntryRow] = []
    others: list[EntryRow] = []
    for row in rows:
        (ones if row.amount == 1 else others).append(row)
    if ones:
        await connection.copy_to_table(
            "entry",
            source=BytesIO(_encoded(ones)),
            format="binary",
            columns=_COLUMNS,
            schema_name=schema,
        )
    if others:
        await connection.copy_records_to_table(
            "entry", records=others, columns=_COLUMNS, schema_name=schema
        )


def _encoded(rows: Iterable[EntryRow]) -> bytes:
    """Return rows with amount 1 as a complete binary COPY."""
    parts = [_BEGIN]
    for subject, on, until, measure, municipality, buckets, _ in rows:
        parts += (
            _BEGIN_ROW.pack(len(_COLUMNS), 8, subject, 4, on.toordinal() - _EPOCH),
            _NULL if until is None else _DAY.pack(4, until.toordinal() - _EPOCH),
            _NUMBER.pack(2, measure),
            _text(municipality),
            _list(buckets),
            _ONE,
        )
    parts.append(_END)
    return b"".join(parts)


@lru_cache(maxsize=1024)  # councils
def _text(text: str) -> bytes:
    encoded_text = text.encode()
    return _LENGTH.pack(len(encoded_text)) + encoded_text


@lru_cache(maxsize=65_536)  # sets of buckets: as many as IdDictionary keeps
def _list(numbers: tuple[int, ...]) -> bytes:
    if not numbers:
        return _NO_BUCKETS
    count = len(numbers)
    begin = _BEGIN_LIST.pack(20 + 8 * count, 1, 0, _INT4, count, 1)
    return begin + b"".join(_DAY.pack(4, number) for number in numbers)
