"""A frozen version beside the numbers of today, and why they differ."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.reporting.closing.model import Row, is_other, known
from services.reporting.tables.table import State, Table


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of a version and of today; None where that bucket had nobody."""

    table: Table
    bucket: str
    frozen: Row | None
    now: Row | None

    @property
    def differs(self) -> bool:
        """Whether the number is another one; that a term has passed meanwhile is no difference.

        A bucket that is not listed and one that counts nothing are the same. A number that is
        withheld is not known, and so does not differ.
        """
        if self.frozen is None or self.now is None:
            return bool(_number(self.frozen) or _number(self.now))
        return is_other(self.frozen, self.now)

    @property
    def difference(self) -> Decimal | None:
        """How much more it is today; None if either is no number."""
        frozen, now = _number(self.frozen), _number(self.now)
        if self.frozen is None or self.now is None:
            return (now or Decimal(0)) - (frozen or Decimal(0))
        return None if frozen is None or now is None else now - frozen


def compared(tables: Sequence[Table], frozen: Iterable[Row], now: Iterable[Row]) -> list[Compared]:
    """The rows of these tables side by side, table by table, the buckets by their names."""
    then, today = _by_cell(frozen), _by_cell(now)
    found: list[Compared] = []
    for table in tables:
        key = (table.indicator.id, table.measure.name, table.split)
        was, is_now = then[key], _spread(today[key], then[key])
        found += [
            Compared(table, bucket, was.get(bucket), is_now.get(bucket))
            for bucket in sorted(was.keys() | is_now.keys())
        ]
    return found


def _spread(now: dict[str, Row], frozen: Iterable[str]) -> dict[str, Row]:
    """The rows of a table by bucket: if it is withheld, every bucket that was frozen is."""
    for row in now.values():
        if row.state is State.WITHHELD:
            return dict.fromkeys(frozen, row) or now
    return now


def differing(rows: Iterable[Compared]) -> list[Table]:
    """The tables in which a number differs."""
    return list(dict.fromkeys(row.table for row in rows if row.differs))


Cells = dict[tuple[str, str, str], dict[str, Row]]


def _by_cell(rows: Iterable[Row]) -> Cells:
    """Rows by table and bucket."""
    found: Cells = defaultdict(dict)
    for row in rows:
        found[row.cell[:3]][row.bucket] = row
    return found


def _number(row: Row | None) -> Decimal | None:
    return None if row is None else known(row)
