"""Numbers in doubt are taken back from readers, and shown again when the doubt is gone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import asyncpg

from runtime.postgres import Connection
from schemas.territory import COUNTRY, KOSOVO, district_of, is_council, places, region_of
from services.reporting.counting.indicator import Indicator, Kind, Measure
from services.reporting.tables.doubt import Doubt
from services.reporting.tables.store import Tables

FREED_MAX = 200
"""Totals counted again in one transaction: some seconds at the most, if all are the country's."""

STAMP = "SELECT count(*), max(id) FROM doubt"

FORGET = "DELETE FROM published.withheld"

# Where a doubt met a published total, there is no number from now on.
WITHHOLD = """
UPDATE published.value AS v
SET value = NULL, state = 'withheld', published_at = clock_timestamp()
FROM published.withheld w JOIN published.indicator i USING (indicator, measure)
WHERE (v.indicator, v.measure, v.place) = (w.indicator, w.measure, w.place)
  AND v.state <> 'withheld'
  AND w.first_on <= v.last_on
  AND w.last_on >= CASE WHEN i.kind = 'stock' THEN v.last_on
                        ELSE coalesce(v.first_on, '-infinity') END
RETURNING v.place
"""

FREED = """
SELECT v.indicator || '.' || v.measure AS measure, v.place, v.period
FROM published.value v
WHERE v.state = 'withheld'
  AND NOT EXISTS (
    SELECT
    FROM published.withheld w JOIN published.indicator i USING (indicator, measure)
    WHERE (v.indicator, v.measure, v.place) = (w.indicator, w.measure, w.place)
      AND w.first_on <= v.last_on
      AND w.last_on >= CASE WHEN i.kind = 'stock' THEN v.last_on
                            ELSE coalesce(v.first_on, '-infinity') END
  )
ORDER BY v.place, v.period
LIMIT $1
"""


class Spread(NamedTuple):
    """A measure at a place of any level that shows no number between two days."""

    indicator: str
    measure: str
    place: str
    first_on: date
    last_on: date


Stamp = tuple[int, int | None]
"""How many doubts there are and the newest number: it changes whenever a doubt comes or goes."""


@dataclass(frozen=True, slots=True)
class Freed:
    """A published total that is withheld although no doubt meets it any more."""

    measure: str
    place: str
    period: str


class Censor:
    """Withholding over one connection, within the transaction of whoever asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def stamp(self) -> Stamp:
        """Which doubts there are."""
        row = await self._connection.fetchrow(STAMP)
        return (0, None) if row is None else (row[0], row[1])

    async def withhold(self, shown: Mapping[str, tuple[Indicator, Measure]]) -> set[str]:
        """Take back what the doubts meet; gives the places where a number is gone."""
        doubts = await Tables(self._connection).doubts()
        await self._connection.execute(FORGET)
        await self._connection.copy_records_to_table(
            "withheld",
            schema_name="published",
            records=set(spread(doubts, shown)),
            columns=Spread._fields,
        )
        return {row["place"] for row in await self._connection.fetch(WITHHOLD)}

    async def freed(self) -> list[Freed]:
        """Some of the totals that may be shown again."""
        found: list[asyncpg.Record] = await self._connection.fetch(FREED, FREED_MAX)
        return [Freed(*row) for row in found]


def spread(
    doubts: Iterable[Doubt], shown: Mapping[str, tuple[Indicator, Measure]]
) -> Iterator[Spread]:
    """Every measure that is shown and every place, of each level, that a doubt meets."""
    for doubt in doubts:
        named = [each for name, each in shown.items() if doubt.measure in {None, name}]
        for indicator, measure in named:
            for place in _met(doubt.municipality, is_observed=measure.kind is Kind.OBSERVED):
                yield Spread(indicator.id, measure.name, place, doubt.first, doubt.last)


def _met(municipality: str | None, *, is_observed: bool) -> Iterable[str]:
    """The places whose tables count this council; an observation counts for its place alone."""
    if municipality is None:
        return [place.code for place in places()]
    if not municipality:
        return [COUNTRY]
    is_counted_above = is_council(municipality) and not is_observed
    return [municipality, *above(municipality)] if is_counted_above else [municipality]


def above(council: str) -> set[str]:
    """The places that a council lies in."""
    return {district_of(council) or KOSOVO, region_of(council), COUNTRY}
