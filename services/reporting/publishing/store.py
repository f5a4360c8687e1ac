"""The SQL of publication: what has changed, what is published, and where the two differ."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from runtime.errors import Unavailable
from runtime.postgres import Connection
from schemas.territory import Place
from services.reporting.counting.indicator import Indicator, Measure
from services.reporting.expecting.completeness import domains_of
from services.reporting.tables.table import TOTAL, State, Table, Value, councils

TAKEN_MAX = 5_000
"""Changes taken in one transaction: some tenths of a second, however far ahead the fold is."""

IS_WAITED_FOR = """
SELECT EXISTS (SELECT FROM dirty) OR EXISTS (SELECT FROM stale)
    OR EXISTS (SELECT FROM reported_anew) OR EXISTS (SELECT FROM reported_whole)
"""

# What concerns a measure that is not shown is taken too, and left. What concerns a closed period is
# noted for the comparison with what was frozen, in the same statement, so that nothing is missed.
TAKE_DIRTY = """
WITH taken AS (
    DELETE FROM dirty WHERE ctid = ANY (ARRAY(SELECT ctid FROM dirty LIMIT $1))
    RETURNING measure, municipality, from_month, to_month
), hit AS (
    SELECT DISTINCT closed.release, taken.measure
    FROM taken JOIN closed ON closed.place = taken.municipality
    WHERE taken.from_month <= closed.to_month
      AND (taken.to_month IS NULL OR taken.to_month >= closed.from_month)
), waiting AS MATERIALIZED (
    -- A note that is being looked at just now is locked: it does not wait any more.
    SELECT touched.release, touched.measure FROM touched JOIN hit USING (release, measure)
    FOR KEY SHARE OF touched SKIP LOCKED
), noted AS (
    INSERT INTO touched (release, measure)
    SELECT release, measure FROM hit EXCEPT SELECT release, measure FROM waiting
)
SELECT DISTINCT measure.name AS measure, municipality AS place, from_month, to_month
FROM taken JOIN measure ON measure.id = taken.measure
WHERE measure.name = ANY ($2::text[])
"""

TAKE_STALE = """
WITH taken AS (
    DELETE FROM stale WHERE ctid = ANY (ARRAY(SELECT ctid FROM stale LIMIT $1))
    RETURNING measure, place, from_month, to_month
)
SELECT DISTINCT measure.name AS measure, place, from_month, to_month
FROM taken JOIN measure ON measure.id = taken.measure
WHERE measure.name = ANY ($2::text[])
"""

MARK_STALE = """
INSERT INTO stale (measure, place, from_month, to_month)
SELECT measure.id, told.place, told.from_month, told.to_month
FROM unnest($1::text[], $2::text[], $3::date[], $4::date[])
     AS told (name, place, from_month, to_month)
JOIN measure ON measure.name = told.name
"""

# What was never published and is zero, silent or none stays unsaid: readers know it by rule.
PUBLISH = """
INSERT INTO published.value AS v (indicator, measure, place, period_type, period, first_on, last_on,
                                  split, bucket, value, state)
SELECT told.*
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[],
            $8::text[], $9::text[], $10::numeric[], $11::text[])
     AS told (indicator, measure, place, period_type, period, first_on, last_on,
              split, bucket, value, state)
WHERE coalesce(told.value, 0) <> 0 OR EXISTS (
    SELECT FROM published.value old
    WHERE (old.indicator, old.measure, old.place, old.period, old.split, old.bucket)
        = (told.indicator, told.measure, told.place, told.period, told.split, told.bucket)
)
ON CONFLICT (indicator, measure, place, period, split, bucket) DO UPDATE
SET value = excluded.value, state = excluded.state, published_at = clock_timestamp()
WHERE (v.value, v.state) IS DISTINCT FROM (excluded.value, excluded.state)
RETURNING v.place
"""

PENDING = """
SELECT indicator || '.' || measure AS measure, place, period
FROM published.value
WHERE state = 'pending' AND last_on < $1
"""

UNTOLD = """
SELECT indicator || '.' || measure AS measure, place, period
FROM published.value
WHERE state IN ('zero', 'silent') AND split = 'total' AND place = ANY ($1::text[])
"""

OBSERVED_PLACES = """
SELECT measure.name AS measure,
       array_agg(DISTINCT coalesce(nullif(municipality, ''), 'RS')) AS places
FROM entry JOIN measure ON measure.id = entry.measure
WHERE measure.name = ANY ($1::text[])
GROUP BY measure.name
"""

CURRENT = """
SELECT indicator, measure, place, period_type, value
FROM published.value
WHERE period = ANY ($1::text[]) AND split = 'total' AND value IS NOT NULL
"""

# Whoever has read this table holds up a changeover until the end of the transaction.
FOLLOWS = "SELECT catalogue_digest FROM projection WHERE name = 'live'"

FORGET_OTHERS = """
WITH gone AS (
    DELETE FROM published.value WHERE NOT indicator || '.' || measure = ANY ($1::text[])
    RETURNING place
)
SELECT DISTINCT place FROM gone
"""

FORGET_INDICATORS = "DELETE FROM published.indicator"

ADD_INDICATORS = """
INSERT INTO published.indicator (indicator, measure, kind, class, category, title_sr, title_en,
                                 definition_status, domains)
SELECT told.indicator, told.measure, told.kind, told.class, told.category, told.title_sr,
       told.title_en, told.definition_status, string_to_array(told.domains, ' ')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[])
     AS told (indicator, measure, kind, class, category, title_sr, title_en, definition_status,
              domains)
"""

FORGET_PLACES = "DELETE FROM published.place"

ADD_PLACES = """
INSERT INTO published.place (place, level, name_sr, name_en, parent)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
"""

READ = """
SELECT v.value, v.state,
       EXISTS (SELECT FROM dirty d
               WHERE d.measure = m.id AND d.municipality = ANY ($7::text[]))
       OR EXISTS (SELECT FROM stale s WHERE s.measure = m.id AND s.place = $4) AS is_stale
FROM measure m
LEFT JOIN published.value v
       ON (v.indicator, v.measure, v.place, v.period, v.split, v.bucket)
        = ($2, $3, $4, $5, $6, 'total')
WHERE m.name = $1
"""


class Changed(NamedTuple):
    """A measure's months that changed at a place; `to_month` is None for the open future."""

    measure: str
    place: str
    from_month: date
    to_month: date | None


class Cell(NamedTuple):
    """A published total and whether something has changed since."""

    value: Value | None
    is_stale: bool


class Press:
    """Publication over one connection, within the transaction of whoever asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def require(self, digest: bytes) -> None:
        """Raise Unavailable if entries follow other definitions than those of this digest."""
        if await self._connection.fetchval(FOLLOWS) not in {None, digest}:
            raise Unavailable("the stored entries follow other definitions than this program's")

    async def is_waited_for(self) -> bool:
        """Whether there is anything to take."""
        return bool(await self._connection.fetchval(IS_WAITED_FOR))

    async def take_dirty(self, shown: Iterable[str]) -> list[Changed]:
        """Remove some of what the fold has noted; what of it concerns the measures shown."""
        found = await self._connection.fetch(TAKE_DIRTY, TAKEN_MAX, list(shown))
        return [Changed(**row) for row in found]

    async def take_stale(self, shown: Iterable[str]) -> list[Changed]:
        """The same of larger places."""
        found = await self._connection.fetch(TAKE_STALE, TAKEN_MAX, list(shown))
        return [Changed(**row) for row in found]

    async def mark_stale(self, changes: Iterable[Changed]) -> None:
        """Note that larger places have changed."""
        rows = list(changes)
        if rows:
            await self._connection.execute(MARK_STALE, *zip(*rows, strict=True))

    async def publish(self, values: Iterable[tuple[Table, Value]]) -> set[str]:
        """Write what readers may see; gives the places where something is different now."""
        rows = [_row(table, value) for table, value in values]
        if not rows:
            return set()
        found = await self._connection.fetch(PUBLISH, *zip(*rows, strict=True))
        return {row["place"] for row in found}

    async def pending(self, today: date) -> list[tuple[str, str, str]]:
        """Published totals (measure, place, period) that are pending although they have ended."""
        found = await self._connection.fetch(PENDING, today)
        return [(measure, place, period) for measure, place, period in found]

    async def untold(self, places: Iterable[str]) -> list[tuple[str, str, str]]:
        """Published totals (measure, place, period) that are 0, whether or not that is known."""
        found = await self._connection.fetch(UNTOLD, list(places))
        return [(measure, place, period) for measure, place, period in found]

    async def observed_places(self, measures: Iterable[str]) -> dict[str, list[str]]:
        """The places of which something was observed, per measure."""
        found = await self._connection.fetch(OBSERVED_PLACES, list(measures))
        return {row["measure"]: row["places"] for row in found}

    async def current(self, periods: Sequence[str]) -> list[tuple[str, str, str, str, float]]:
        """Totals of these periods: (indicator, measure, place, period type, value)."""
        return [
            (indicator, measure, place, kind, float(value))
            for indicator, measure, place, kind, value in await self._connection.fetch(
                CURRENT, periods
            )
        ]

    async def tell(self, places: Iterable[str]) -> None:
        """Wake whoever shows these places, when the transaction commits."""
        await self._connection.execute(
            "SELECT pg_notify('published', told) FROM unnest($1::text[]) AS told", list(places)
        )

    async def describe(self, catalogue: Iterable[Indicator], places: Iterable[Place]) -> None:
        """Tell readers which measures and places there are, and what they are called."""
        measures = [
            _description(indicator, measure)
            for indicator in catalogue
            for measure in indicator.measures
        ]
        await self._connection.execute(FORGET_INDICATORS)
        await self._connection.execute(ADD_INDICATORS, *zip(*measures, strict=True))
        named = [(p.code, p.level, p.name_cyrillic, p.name_latin, p.parent) for p in places]
        await self._connection.execute(FORGET_PLACES)
        await self._connection.execute(ADD_PLACES, *zip(*named, strict=True))

    async def forget_others(self, shown: Iterable[str]) -> set[str]:
        """Remove all that is published of other measures; gives the places where it was."""
        return {row["place"] for row in await self._connection.fetch(FORGET_OTHERS, list(shown))}

    async def read(self, table: Table) -> Cell:
        """The published total of a table, if there is one."""
        period, place = table.period, table.place
        row = await self._connection.fetchrow(
            READ,
            *(table.name, table.indicator.id, table.measure.name, place, str(period), table.split),
            councils(place),
        )
        if row is None:
            return Cell(None, is_stale=True)
        value = None if row["state"] is None else Value(TOTAL, row["value"], State(row["state"]))
        return Cell(value, row["is_stale"])


def _description(indicator: Indicator, measure: Measure) -> tuple[str, ...]:
    """A measure's columns in the order of ADD_INDICATORS."""
    return (
        *(indicator.id, measure.name, measure.kind.value, measure.disclosure.value),
        *(indicator.category.code, indicator.title.sr, indicator.title.en),
        indicator.definition_status.value,
        " ".join(sorted(domains_of(measure))),
    )


def _row(table: Table, value: Value) -> tuple[object, ...]:
    """A value's columns in the order of PUBLISH."""
    period = table.period
    return (
        *(table.indicator.id, table.measure.name, table.place),
        *(period.kind, str(period), period.first, period.last),
        *(table.split, value.bucket, value.value, value.state.value),
    )
