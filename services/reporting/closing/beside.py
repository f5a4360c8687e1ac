"""Reads a version and the numbers of today, as far as the reader may see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runtime.clock import belgrade_day
from runtime.context import Context
from services.reporting.answering.completeness import expected_now
from services.reporting.answering.reading import one_instant
from services.reporting.closing.causes import causes
from services.reporting.closing.comparing import Compared, compared, differing
from services.reporting.closing.model import History, Release, Row
from services.reporting.closing.snapshot import all_tables, read
from services.reporting.closing.store import Archive
from services.reporting.expecting.completeness import Completeness, judged
from services.reporting.expecting.reading import completeness_of_tables
from services.reporting.folding.digest import catalogue_digest
from services.reporting.indicators import catalogue
from services.reporting.publishing.policy import is_live
from services.reporting.tables.table import Table, Value


@dataclass(frozen=True, slots=True)
class Beside:
    """A version, the tables it has or could have, and the numbers side by side."""

    release: Release
    history: History
    frozen: Sequence[Row]
    tables: Sequence[Table]
    rows: Sequence[Compared]
    reasons: Mapping[Table, Iterable[str]]


async def beside(plumbing: Context, release: Release, *, is_exact: bool) -> Beside:
    """The whole version if `is_exact`, else only what everybody sees: totals of class A.

    Why a number differs is found out for who may see everything; others are told what was noted.
    """
    tables = all_tables(catalogue(plumbing.declared), release.place, release.period)
    complete = await completeness_of_tables(plumbing.pool, release.place, expected_now(plumbing))
    shown = [table for table in tables if is_exact or is_live(table)]
    async with one_instant(plumbing.pool) as connection:
        archive = Archive(connection)
        frozen = await archive.rows(release.id)
        now = await read(connection, shown, belgrade_day(plumbing.clock()))
        rows = compared(shown, frozen, now if is_exact else _judged(shown, now, complete))
        changed = differing(rows)
        return Beside(
            release=release,
            history=await archive.history(release.place, str(release.period)),
            frozen=frozen,
            tables=tables,
            rows=rows,
            reasons=(
                await causes(connection, changed, release, catalogue_digest())
                if is_exact
                else await _noted(archive, changed, release)
            ),
        )


def _judged(tables: Iterable[Table], rows: Iterable[Row], complete: Completeness) -> list[Row]:
    """What everybody sees: where somebody is silent, a zero is not known to be one."""
    by_name = {table.name: table for table in tables}
    found: list[Row] = []
    for row in rows:
        table = by_name[f"{row.indicator}.{row.measure}"]
        (seen,) = judged(table, [Value(row.bucket, row.value, row.state)], complete)
        found.append(row._replace(value=seen.value, state=seen.state))
    return found


async def _noted(
    archive: Archive, tables: Iterable[Table], release: Release
) -> Mapping[Table, Iterable[str]]:
    noted = await archive.reasons(release.id)
    return {table: noted.get(table.indicator.id, ()) for table in tables}
