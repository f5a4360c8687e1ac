"""The SQL of completeness: reports among the facts, and what is published of them."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import asyncpg

from runtime.storage.pool import Connection
from schemas.catalogue import BY_TYPE
from schemas.envelope import fact_type_of
from schemas.rules.recorded_fact import Precedence
from schemas.territory import council_of
from services.reporting.completeness.model import ReportedThrough, ReportKey
from services.reporting.completeness.reporters import Reporters
from services.reporting.domain.history import Fact
from services.reporting.projection.repository import fact_of_row
from services.reporting.tables.table import codes_counted_for

_REPORTED = "reference.partner.reported"
_KNOWN_VERSIONS = [
    versioned
    for versioned in BY_TYPE
    if fact_type_of(versioned) in {_REPORTED, "reference.fact.retracted"}
]
"""The types and versions that this program knows; facts of others are stored and ignored."""
_RELOADS_TAKEN_MAX = 20
"""Councils whose reports are all read in one transaction: some tenths of a second."""
_FEW_COUNCILS = 40
"""Up to so many, records are looked up one by one, which costs four times as much per record."""
_TAKEN_MAX = 5_000
"""Marks taken in one transaction: some hundredths of a second."""

# Every state of the records in `record`, looked up one by one (OFFSET 0): the planner does not know
# how few they are, and would read all facts for them. A correction may have moved a record to
# another place, and a retraction names no place.
STATES_OF_RECORDS = """
CROSS JOIN LATERAL (
    SELECT f.source, f.type, f.version, f.subject, f.factid, f.revision, f.event_id, f.recorded_at,
           f.data
    FROM fact f
    WHERE (f.source, f.subject, f.factid) = (record.source, record.subject, record.factid)
      AND f.type IN ('{type}', 'reference.fact.retracted')
    OFFSET 0
) AS state
"""
_STATES_OF_REPORTS = STATES_OF_RECORDS.format(type=_REPORTED)

# The type is a literal in the statement: with a parameter the partial index is not used.
_REPORTS_OF = f"""
SELECT state.*
FROM (
    SELECT DISTINCT source, subject, factid FROM fact
    WHERE type = '{_REPORTED}' AND municipality = ANY ($1::text[])
) AS record
{_STATES_OF_REPORTS}
"""

_CHANGED_REPORTS = f"""
SELECT state.*
FROM (SELECT DISTINCT source, organisation AS subject, factid FROM report_change) AS record
{_STATES_OF_REPORTS}
"""

_TAKE_CHANGED_REPORTS = f"""
WITH taken AS (
    DELETE FROM report_change
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM report_change LIMIT $1))
    RETURNING source, organisation, factid
)
SELECT state.*
FROM (SELECT DISTINCT source, organisation AS subject, factid FROM taken) AS record
{_STATES_OF_REPORTS}
"""

# The rule of `model.reported_through` in the database, because many reports result in few days: of
# each record the state of highest precedence (`Fact.precedence`), of each key the greatest day.
_IS_KNOWN_REPORT = f"""
f.type IN ('{_REPORTED}', 'reference.fact.retracted') AND f.type || '.v' || f.version = ANY ($2)
      AND coalesce(f.data->>'type', f.type) = '{_REPORTED}'
      AND ($3::timestamptz IS NULL OR f.recorded_at <= $3)
"""
# The stored facts have a column for each of these but one, which their type tells.
_PRECEDENCE = {name: f"f.{name}" for name in Precedence._fields} | {
    "is_retraction": f"f.type <> '{_REPORTED}'"
}
_BY_PRECEDENCE = ", ".join(f"{term} DESC" for term in _PRECEDENCE.values())
_GREATEST_DAYS = f"""
SELECT head.subject AS organisation, head.data->>'domain' AS domain, head.municipality,
       max(least((head.data->>'through')::date,
                 (head.recorded_at AT TIME ZONE 'Europe/Belgrade')::date)) AS through
FROM head
WHERE head.type = '{_REPORTED}' AND head.municipality = ANY ($1::text[])
GROUP BY 1, 2, 3
"""

# For few councils, record by record.
_THROUGH_FEW = f"""
WITH head AS (
    SELECT state.*
    FROM (
        SELECT DISTINCT source, subject, factid FROM fact
        WHERE type = '{_REPORTED}' AND municipality = ANY ($1::text[])
    ) AS record
    CROSS JOIN LATERAL (
        SELECT f.subject, f.type, f.municipality, f.data, f.recorded_at FROM fact f
        WHERE (f.source, f.subject, f.factid) = (record.source, record.subject, record.factid)
          AND {_IS_KNOWN_REPORT}
        ORDER BY {_BY_PRECEDENCE}
        LIMIT 1
    ) AS state
)
{_GREATEST_DAYS}
"""

# For many councils, all reports sorted once.
_THROUGH_MANY = f"""
WITH head AS (
    SELECT DISTINCT ON (f.source, f.subject, f.factid) f.subject, f.type, f.municipality, f.data,
           f.recorded_at
    FROM fact f
    WHERE {_IS_KNOWN_REPORT}
    ORDER BY f.source, f.subject, f.factid, {_BY_PRECEDENCE}
)
{_GREATEST_DAYS}
"""

_RELOAD_COUNCILS = "SELECT place FROM report_reload"

_TAKE_RELOAD_COUNCILS = """
DELETE FROM report_reload
WHERE place = ANY (ARRAY(SELECT place FROM report_reload LIMIT $1))
RETURNING place
"""

_PUBLISHED_REPORTED_THROUGH = """
SELECT organisation, domain, place, through
FROM published.reported WHERE place = ANY ($1::text[])
"""

_DELETE_REPORTED = "DELETE FROM published.reported WHERE place = ANY ($1::text[])"

_INSERT_REPORTED = """
INSERT INTO published.reported (organisation, domain, place, through)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[])
"""

_DELETE_REPORTERS = "DELETE FROM published.reporter"

_INSERT_REPORTERS = """
INSERT INTO published.reporter (organisation, domain, place, first_on)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[])
"""


class CompletenessRepository:
    """Reports over one connection; every method is one statement or two."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def reports(self, councils: Collection[str]) -> list[Fact]:
        """Return every state of the reports that ever named these councils."""
        found = await self._connection.fetch(_REPORTS_OF, codes_counted_for(councils))
        return facts_of_rows(found)

    async def reported_through_in_facts(
        self, councils: Collection[str], instant: datetime | None = None
    ) -> dict[ReportKey, date]:
        """Return the reported days of these councils from the facts recorded by an instant.

        Without an instant, from all facts.
        """
        statement = _THROUGH_MANY if len(councils) > _FEW_COUNCILS else _THROUGH_FEW
        arguments = (codes_counted_for(councils), _KNOWN_VERSIONS, instant)
        found: dict[ReportKey, date] = {}
        for organisation, domain, code, day in await self._connection.fetch(statement, *arguments):
            key = (organisation, domain, council_of(code))
            found[key] = max(day, found.get(key, date.min))
        return found

    async def changed_reports(self) -> list[Fact]:
        """Return all states of the records that changed since the last publication."""
        return facts_of_rows(await self._connection.fetch(_CHANGED_REPORTS))

    async def take_changed_reports(self) -> list[Fact]:
        """Remove the marks of some changed records; return all states of these records."""
        return facts_of_rows(await self._connection.fetch(_TAKE_CHANGED_REPORTS, _TAKEN_MAX))

    async def reload_councils(self) -> set[str]:
        """Return the councils whose reports must all be read."""
        return {row["place"] for row in await self._connection.fetch(_RELOAD_COUNCILS)}

    async def take_reload_councils(self) -> set[str]:
        """Remove the marks of some councils whose reports must all be read; return them."""
        found = await self._connection.fetch(_TAKE_RELOAD_COUNCILS, _RELOADS_TAKEN_MAX)
        return {row["place"] for row in found}

    async def published_reported_through(self, councils: Iterable[str]) -> dict[ReportKey, date]:
        """Return the published days of these councils."""
        found = await self._connection.fetch(_PUBLISHED_REPORTED_THROUGH, list(councils))
        return {(row["organisation"], row["domain"], row["place"]): row["through"] for row in found}

    async def replace_reported_through(
        self, councils: Collection[str], through: ReportedThrough
    ) -> None:
        """Replace all published days of these councils."""
        await self._connection.execute(_DELETE_REPORTED, list(councils))
        if through:
            rows = [(*key, day) for key, day in through.items()]
            await self._connection.execute(_INSERT_REPORTED, *zip(*rows, strict=True))

    async def replace_reporters(self, reporters: Reporters) -> None:
        """Replace the published list of reporters."""
        await self._connection.execute(_DELETE_REPORTERS)
        if reporters:
            rows = [(*each.key, each.first_on) for each in reporters]
            await self._connection.execute(_INSERT_REPORTERS, *zip(*rows, strict=True))


def facts_of_rows(rows: Iterable[asyncpg.Record]) -> list[Fact]:
    """Return the facts of a known type and version."""
    return [fact for row in rows if (fact := fact_of_row(row)) is not None]
