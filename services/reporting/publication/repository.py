"""The SQL that writes publication: takes what has changed, and replaces what is published."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from runtime.process.errors import Unavailable
from runtime.storage.pool import Connection
from schemas.periods import Period
from schemas.serbian_text import cyrillic_order
from schemas.territory import Place
from services.reporting.completeness.model import measure_domains
from services.reporting.domain.indicator import Indicator, Measure
from services.reporting.tables.table import Table, Value

_TAKEN_MAX = 5_000
"""Changes taken in one transaction: some tenths of a second, however many are waiting."""

# Changes of a measure that is not published are taken and dropped. A change in a closed period is
# noted for the comparison with the release, in the same statement, so that none is missed.
_TAKE_CHANGED_CELLS = """
WITH taken AS (
    DELETE FROM changed_cell WHERE ctid = ANY (ARRAY(SELECT ctid FROM changed_cell LIMIT $1))
    RETURNING measure, municipality, from_month, to_month
), hit AS (
    SELECT DISTINCT closed_period.release, taken.measure
    FROM taken JOIN closed_period ON closed_period.place = taken.municipality
    WHERE taken.from_month <= closed_period.to_month
      AND (taken.to_month IS NULL OR taken.to_month >= closed_period.from_month)
), waiting AS MATERIALIZED (
    -- A note being processed is locked and does not count as waiting: another one is added.
    SELECT release_recheck.release, release_recheck.measure
    FROM release_recheck JOIN hit USING (release, measure)
    FOR KEY SHARE OF release_recheck SKIP LOCKED
), noted AS (
    INSERT INTO release_recheck (release, measure)
    SELECT release, measure FROM hit EXCEPT SELECT release, measure FROM waiting
)
SELECT DISTINCT measure.name AS measure, municipality AS place, from_month, to_month
FROM taken JOIN measure ON measure.id = taken.measure
WHERE measure.name = ANY ($2::text[])
"""

_TAKE_CHANGED_AREAS = """
WITH taken AS (
    DELETE FROM changed_area WHERE ctid = ANY (ARRAY(SELECT ctid FROM changed_area LIMIT $1))
    RETURNING measure, place, from_month, to_month
)
SELECT DISTINCT measure.name AS measure, place, from_month, to_month
FROM taken JOIN measure ON measure.id = taken.measure
WHERE measure.name = ANY ($2::text[])
"""

_MARK_CHANGED_AREAS = """
INSERT INTO changed_area (measure, place, from_month, to_month)
SELECT measure.id, new.place, new.from_month, new.to_month
FROM unnest($1::text[], $2::text[], $3::date[], $4::date[])
     AS new (name, place, from_month, to_month)
JOIN measure ON measure.name = new.name
"""

# A total that was never published and is zero, silent or none is not written: its absence has the
# same meaning by rule.
_PUBLISH = """
INSERT INTO published.value AS v (indicator, measure, place, period_type, period, first_on, last_on,
                                  split, bucket, value, state)
SELECT new.*
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[],
            $8::text[], $9::text[], $10::numeric[], $11::text[])
     AS new (indicator, measure, place, period_type, period, first_on, last_on,
              split, bucket, value, state)
WHERE coalesce(new.value, 0) <> 0 OR EXISTS (
    SELECT FROM published.value old
    WHERE (old.indicator, old.measure, old.place, old.period, old.split, old.bucket)
        = (new.indicator, new.measure, new.place, new.period, new.split, new.bucket)
)
ON CONFLICT (indicator, measure, place, period, split, bucket) DO UPDATE
SET value = excluded.value, state = excluded.state, published_at = clock_timestamp()
WHERE (v.value, v.state) IS DISTINCT FROM (excluded.value, excluded.state)
RETURNING v.place
"""

# A transaction that has read this table delays a cut-over until it ends.
_DEFINITIONS_FINGERPRINT = "SELECT definitions_fingerprint FROM projection WHERE name = 'live'"

_NOTIFY = "SELECT pg_notify('published', place) FROM unnest($1::text[]) AS changed (place)"

_DELETE_OTHER_MEASURES = """
WITH deleted AS (
    DELETE FROM published.value WHERE NOT indicator || '.' || measure = ANY ($1::text[])
    RETURNING place
)
SELECT DISTINCT place FROM deleted
"""

_DELETE_INDICATORS = "DELETE FROM published.indicator"

_INSERT_INDICATORS = """
INSERT INTO published.indicator (indicator, measure, kind, class, category, title_sr, title_en,
                                 definition_status, domains)
SELECT new.indicator, new.measure, new.kind, new.class, new.category, new.title_sr,
       new.title_en, new.definition_status, string_to_array(new.domains, ' ')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[])
     AS new (indicator, measure, kind, class, category, title_sr, title_en, definition_status,
              domains)
"""

_DELETE_PLACES = "DELETE FROM published.place"

_INSERT_PLACES = """
INSERT INTO published.place (place, level, name_sr, name_en, parent, sort_sr)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
"""

_DELETE_OTHER_TO_PERIODS = "DELETE FROM published.value WHERE period_type = 'to' AND period <> $1"

_CALENDAR_DAY = "SELECT day FROM calendar"

_IS_PUBLISHED = """
SELECT EXISTS (SELECT FROM calendar WHERE (day, definitions_fingerprint, policy) = ($1, $2, $3))
"""

_RECORD_CALENDAR_DAY = """
INSERT INTO calendar (day, definitions_fingerprint, policy) VALUES ($1, $2, $3)
ON CONFLICT (is_one) DO UPDATE
SET (day, definitions_fingerprint, policy)
    = (excluded.day, excluded.definitions_fingerprint, excluded.policy)
"""


class ChangedMonths(NamedTuple):
    """Months of a measure that changed at a place; `to_month` is None where the end is open."""

    measure: str
    place: str
    from_month: date
    to_month: date | None


class PublicationRepository:
    """Writes over one connection, within the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def require_definitions(self, fingerprint: bytes) -> None:
        """Raise Unavailable if the entries follow definitions of another fingerprint."""
        if await self._connection.fetchval(_DEFINITIONS_FINGERPRINT) not in {None, fingerprint}:
            raise Unavailable("the stored entries follow other definitions than this program's")

    async def take_changed_cells(self, measures: Iterable[str]) -> list[ChangedMonths]:
        """Remove some changes of councils' cells; return those of the published measures."""
        found = await self._connection.fetch(_TAKE_CHANGED_CELLS, _TAKEN_MAX, list(measures))
        return [ChangedMonths(**row) for row in found]

    async def take_changed_areas(self, measures: Iterable[str]) -> list[ChangedMonths]:
        """Remove some changes of areas; return those of the published measures."""
        found = await self._connection.fetch(_TAKE_CHANGED_AREAS, _TAKEN_MAX, list(measures))
        return [ChangedMonths(**row) for row in found]

    async def mark_changed_areas(self, changes: Iterable[ChangedMonths]) -> None:
        """Note that districts, regions or the country have changed."""
        rows = list(changes)
        if rows:
            await self._connection.execute(_MARK_CHANGED_AREAS, *zip(*rows, strict=True))

    async def publish(self, values: Iterable[tuple[Table, Value]]) -> set[str]:
        """Write totals; return the places whose published values differ now."""
        rows = [_value_row(table, value) for table, value in values]
        if not rows:
            return set()
        found = await self._connection.fetch(_PUBLISH, *zip(*rows, strict=True))
        return {row["place"] for row in found}

    async def notify(self, places: Iterable[str]) -> None:
        """Notify listeners that these places have changed, when the transaction commits."""
        await self._connection.execute(_NOTIFY, list(places))

    async def replace_metadata(
        self, catalogue: Iterable[Indicator], places: Iterable[Place]
    ) -> None:
        """Replace the published lists of measures and places and their names."""
        measures = [
            _measure_row(indicator, measure)
            for indicator in catalogue
            for measure in indicator.measures
        ]
        await self._connection.execute(_DELETE_INDICATORS)
        await self._connection.execute(_INSERT_INDICATORS, *zip(*measures, strict=True))
        named = [
            (
                *(p.code, p.level, p.name_cyrillic, p.name_latin, p.parent),
                cyrillic_order(p.name_cyrillic),
            )
            for p in places
        ]
        await self._connection.execute(_DELETE_PLACES)
        await self._connection.execute(_INSERT_PLACES, *zip(*named, strict=True))

    async def delete_other_measures(self, measures: Iterable[str]) -> set[str]:
        """Delete the totals of all measures but these; return the places that had some."""
        found = await self._connection.fetch(_DELETE_OTHER_MEASURES, list(measures))
        return {row["place"] for row in found}


class PublicationCalendar:
    """The day whose periods were published last; over one connection, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def delete_other_to_periods(self, kept: Period) -> None:
        """Delete the totals of all to-periods but one: the others are counted when queried."""
        await self._connection.execute(_DELETE_OTHER_TO_PERIODS, str(kept))

    async def last_published_on(self) -> date | None:
        """Return the day whose periods were published last; None before the first time."""
        found: date | None = await self._connection.fetchval(_CALENDAR_DAY)
        return found

    async def is_published(self, day: date, fingerprint: bytes | None, policy: int) -> bool:
        """Return whether this day was published last, by these definitions and this policy."""
        found: bool = await self._connection.fetchval(_IS_PUBLISHED, day, fingerprint, policy)
        return found

    async def record(self, day: date, fingerprint: bytes | None, policy: int) -> None:
        """Record that this day is published, and by which definitions and policy."""
        await self._connection.execute(_RECORD_CALENDAR_DAY, day, fingerprint, policy)


def _measure_row(indicator: Indicator, measure: Measure) -> tuple[str, ...]:
    """Return a measure's columns in the order of _INSERT_INDICATORS."""
    return (
        *(indicator.id, measure.name, measure.kind.value, measure.disclosure.value),
        *(indicator.category.code, indicator.title.sr, indicator.title.en),
        indicator.definition_status.value,
        " ".join(sorted(measure_domains(measure))),
    )


def _value_row(table: Table, value: Value) -> tuple[object, ...]:
    """Return a value's columns in the order of PUBLISH."""
    period = table.period
    return (
        *(table.indicator.id, table.measure.name, table.place),
        *(period.kind, str(period), period.first, period.last),
        *(table.split, value.bucket, value.value, value.state.value),
    )
