"""Tables as they were known at an instant: read facts, fold them anew, count in memory."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime

from runtime.postgres import Connection, Pool
from schemas.lists import rows
from schemas.territory import council_of, councils_in
from services.reporting.answering.reading import READING_S_MAX, Answered, one_long_instant
from services.reporting.answering.telling import Told, nobody
from services.reporting.counting.components import Link
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry, Kind, PlaceRule
from services.reporting.counting.known import entries_known_at, groups
from services.reporting.folding.store import Book
from services.reporting.tables.doubt import withheld
from services.reporting.tables.memory import values
from services.reporting.tables.store import Tables
from services.reporting.tables.table import Table

SLICE_CODES = 500
"""Folded at once: some hundredths of a second, so that the live fold hardly waits."""

SEEDS = """
SELECT subject FROM fact
WHERE type = ANY ($1::text[]) AND municipality = ANY ($2::text[]) AND recorded_at <= $4
UNION
SELECT subject FROM fact
WHERE data ? 'residence' AND data->>'residence' = ANY ($3::text[]) AND recorded_at <= $4
"""

EVER_LINKED = """
SELECT DISTINCT subject, data->>'with' AS other
FROM fact WHERE type = 'registration.person.merged'
"""


async def tables_known_at(
    pool: Pool, tables: Sequence[Table], instant: datetime, today: date, told: Told = nobody
) -> Answered:
    """Tables of one place; `today` is the day on which it is decided what is still pending.

    They are folded from facts: only a doubt about these concerns them.
    """
    async with one_long_instant(pool) as connection:
        doubts = (await Tables(connection).doubts()).of_log()
        certain = [table for table in tables if not doubts.meet(table)]
        entries = await entries_at(connection, certain, instant, told) if certain else []
    return [
        (table, withheld(table) if doubts.meet(table) else values(table, entries, today))
        for table in tables
    ]


async def entries_at(
    connection: Connection, tables: Sequence[Table], instant: datetime, told: Told = nobody
) -> list[tuple[str, Entry]]:
    """The entries of these tables' measures, of everybody who may be in one of them."""
    names = {name for table in tables for name in (table.name, table.observed)}
    definitions = list(dict.fromkeys(table.indicator for table in tables))
    found: list[tuple[str, Entry]] = []
    async for facts in facts_behind(connection, tables, instant, told):
        known = entries_known_at(facts, definitions, instant)
        found += [(subject, entry) for subject, entry in known if entry.measure in names]
    return found


async def facts_behind(
    connection: Connection, tables: Sequence[Table], instant: datetime, told: Told = nobody
) -> AsyncIterator[list[Fact]]:
    """All facts of everybody who may be in one of the tables, as known at an instant.

    Slice by slice; everything of one person, under all codes ever linked, lies in one slice.
    """
    book = Book(connection)
    seeds = await seeds_of(connection, tables, instant)
    everybody = list(groups(seeds, await ever_linked(connection)))
    done, total = 0, sum(map(len, everybody))
    for codes in slices(everybody):
        told(done, total)
        yield await book.facts_of(codes)
        done += len(codes)
    told(done, total)


async def seeds_of(connection: Connection, tables: Sequence[Table], instant: datetime) -> set[str]:
    """Codes with a fact that may count at the place, or that makes a fact count there."""
    counted = [table for table in tables if table.measure.kind is not Kind.OBSERVED]
    types = {kind.TYPE.rpartition(".v")[0] for table in counted for kind in table.measure.of}
    at_home = [t.place for t in counted if t.indicator.place_rule is PlaceRule.RESIDENCE]
    asked = (types, _said_for(table.place for table in counted), _said_for(at_home))
    found = await connection.fetch(SEEDS, *map(list, asked), instant, timeout=READING_S_MAX)
    return {row["subject"] for row in found} | _series(tables)


async def ever_linked(connection: Connection) -> list[Link]:
    """Every pair of codes that a merge has ever named, whether it stands or not."""
    found = await connection.fetch(EVER_LINKED)
    return [(row["subject"], row["other"]) for row in found]


def _series(tables: Iterable[Table]) -> set[str]:
    """The subjects of the observed measures; that of a base is its series."""
    names = [table.measure.name for table in tables if table.measure.kind is Kind.OBSERVED]
    return {f"s-{each}" for name in names for each in (name, name.removesuffix("_base"))}


def _said_for(places: Iterable[str]) -> set[str]:
    """The listed codes that count for these places: their councils', and those these stand for."""
    councils = frozenset[str]().union(*map(councils_in, set(places)))
    codes = (row["code"] for row in rows("municipalities"))
    return {code for code in codes if council_of(code) in councils}


def slices(groups_of_codes: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Groups together, as many as are folded at once; none is torn apart."""
    codes: list[str] = []
    for group in groups_of_codes:
        codes += group
        if len(codes) >= SLICE_CODES:
            yield codes
            codes = []
    if codes:
        yield codes
