"""The SQL of what is expected: facts that make no entries, and what is published of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import asyncpg

from runtime.postgres import Connection
from schemas.catalogue import BY_TYPE
from schemas.envelope import fact_type_of
from schemas.lists import rows
from schemas.territory import council_of
from services.reporting.counting.history import Fact
from services.reporting.expecting.completeness import Key, Through
from services.reporting.expecting.reporters import Reporters
from services.reporting.expecting.targets import SUBJECT
from services.reporting.folding.store import read_fact

REPORTED = "reference.partner.reported"
TARGETS = "reference.target.set"
READABLE = [
    stated for stated in BY_TYPE if fact_type_of(stated) in {REPORTED, "reference.fact.retracted"}
]
"""The types and versions known here; others are kept, and tell nothing."""
WHOLE_TAKEN_MAX = 20
"""Councils of which all reports are read in one transaction: some tenths of a second."""
FEW_COUNCILS = 40
"""Looked up one by one, a record costs four times what it does among all."""
TAKEN_MAX = 5_000
"""Marks taken in one transaction: some hundredths of a second."""

# Every state of the records named in `record`, which are looked up one by one (OFFSET 0): the
# planner does not know how few they are, and would read all facts for them. A correction may have
# moved a record to another place; a retraction names none.
STATES = """
CROSS JOIN LATERAL (
    SELECT f.source, f.type, f.version, f.subject, f.factid, f.revision, f.event_id, f.recorded_at,
           f.data
    FROM fact f
    WHERE (f.source, f.subject, f.factid) = (record.source, record.subject, record.factid)
      AND f.type IN ('{type}', 'reference.fact.retracted')
    OFFSET 0
) AS state
"""
STATES_OF_REPORTS = STATES.format(type=REPORTED)

# The type stands in the statement and is no parameter: else the index of these types is not used.
REPORTS_OF = f"""
SELECT state.*
FROM (
    SELECT DISTINCT source, subject, factid FROM fact
    WHERE type = '{REPORTED}' AND municipality = ANY ($1::text[])
) AS record
{STATES_OF_REPORTS}
"""

TARGETS_AT = f"""
SELECT state.*
FROM (
    SELECT DISTINCT source, subject, factid FROM fact
    WHERE type = '{TARGETS}' AND municipality = ANY ($1::text[])
      AND ($3::text IS NULL OR subject = $3)
      AND ($4::text IS NULL OR data->>'period' = $4)
) AS record
{STATES.format(type=TARGETS)}
WHERE $2::timestamptz IS NULL OR state.recorded_at <= $2
"""

REPORTED_ANEW = f"""
SELECT state.*
FROM (SELECT DISTINCT source, organisation AS subject, factid FROM reported_anew) AS record
{STATES_OF_REPORTS}
"""

TAKE_REPORTED = f"""
WITH taken AS (
    DELETE FROM reported_anew
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM reported_anew LIMIT $1))
    RETURNING source, organisation, factid
)
SELECT state.*
FROM (SELECT DISTINCT source, organisation AS subject, factid FROM taken) AS record
{STATES_OF_REPORTS}
"""

# The rule of `completeness.through_of` in the database, for there are many reports that tell of few
# days: of each record the strongest state (`Fact.strength`), of each key the greatest day.
KNOWN_REPORTS = f"""
f.type IN ('{REPORTED}', 'reference.fact.retracted') AND f.type || '.v' || f.version = ANY ($2)
      AND coalesce(f.data->>'type', f.type) = '{REPORTED}'
      AND ($3::timestamptz IS NULL OR f.recorded_at <= $3)
"""
STRONGEST = f"f.revision DESC, f.type <> '{REPORTED}' DESC, f.version DESC, f.event_id DESC"
GREATEST_DAYS = f"""
SELECT head.subject AS organisation, head.data->>'domain' AS domain, head.municipality,
       max((head.data->>'through')::date) AS through
FROM head
WHERE head.type = '{REPORTED}' AND head.municipality = ANY ($1::text[])
GROUP BY 1, 2, 3
"""

# Of few councils record by record.
THROUGH_FEW = f"""
WITH head AS (
    SELECT state.*
    FROM (
        SELECT DISTINCT source, subject, factid FROM fact
        WHERE type = '{REPORTED}' AND municipality = ANY ($1::text[])
    ) AS record
    CROSS JOIN LATERAL (
        SELECT f.subject, f.type, f.municipality, f.data FROM fact f
        WHERE (f.source, f.subject, f.factid) = (record.source, record.subject, record.factid)
          AND {KNOWN_REPORTS}
        ORDER BY {STRONGEST}
        LIMIT 1
    ) AS state
)
{GREATEST_DAYS}
"""

# Of many councils all reports are sorted once.
THROUGH_MANY = f"""
WITH head AS (
    SELECT DISTINCT ON (f.source, f.subject, f.factid) f.subject, f.type, f.municipality, f.data
    FROM fact f
    WHERE {KNOWN_REPORTS}
    ORDER BY f.source, f.subject, f.factid, {STRONGEST}
)
{GREATEST_DAYS}
"""

WHOLE = "SELECT place FROM reported_whole"

TAKE_WHOLE = """
DELETE FROM reported_whole
WHERE place = ANY (ARRAY(SELECT place FROM reported_whole LIMIT $1))
RETURNING place
"""

READ_REPORTED = """
SELECT organisation, domain, place, through
FROM published.reported WHERE place = ANY ($1::text[])
"""

FORGET_REPORTED = "DELETE FROM published.reported WHERE place = ANY ($1::text[])"

ADD_REPORTED = """
INSERT INTO published.reported (organisation, domain, place, through)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[])
"""

FORGET_REPORTERS = "DELETE FROM published.reporter"

ADD_REPORTERS = """
INSERT INTO published.reporter (organisation, domain, place, first_on)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[])
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which targets: of councils, and of one indicator or period if these are named."""

    councils: Collection[str]
    indicator: str | None = None
    period: str | None = None


class Ledger:
    """What is expected, over one connection; every method is one statement or two."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def reports(self, councils: Collection[str]) -> list[Fact]:
        """Every state of the reports that were ever said of these councils."""
        return _facts(await self._connection.fetch(REPORTS_OF, _codes(councils)))

    async def through(
        self, councils: Collection[str], instant: datetime | None = None
    ) -> dict[Key, date]:
        """What was reported for these councils, of all facts or those recorded by an instant."""
        statement = THROUGH_MANY if len(councils) > FEW_COUNCILS else THROUGH_FEW
        asked = (_codes(councils), READABLE, instant)
        found: dict[Key, date] = {}
        for organisation, domain, code, day in await self._connection.fetch(statement, *asked):
            key = (organisation, domain, council_of(code))
            found[key] = max(day, found.get(key, date.min))
        return found

    async def targets(self, wanted: Wanted, instant: datetime | None = None) -> list[Fact]:
        """Every state of the targets that were ever set there, known by an instant."""
        subject = None if wanted.indicator is None else f"{SUBJECT}{wanted.indicator}"
        asked = (_codes(wanted.councils), instant, subject, wanted.period)
        return _facts(await self._connection.fetch(TARGETS_AT, *asked))

    async def reported_anew(self) -> list[Fact]:
        """All states of the records that are not in `published.reported` as they are now."""
        return _facts(await self._connection.fetch(REPORTED_ANEW))

    async def take_reported(self) -> list[Fact]:
        """The same of some of them, whose marks are removed."""
        return _facts(await self._connection.fetch(TAKE_REPORTED, TAKEN_MAX))

    async def whole(self) -> set[str]:
        """The councils whose reports must all be read."""
        return {row["place"] for row in await self._connection.fetch(WHOLE)}

    async def take_whole(self) -> set[str]:
        """Some of them, whose marks are removed."""
        found = await self._connection.fetch(TAKE_WHOLE, WHOLE_TAKEN_MAX)
        return {row["place"] for row in found}

    async def reported(self, councils: Iterable[str]) -> dict[Key, date]:
        """What is published of these councils."""
        found = await self._connection.fetch(READ_REPORTED, list(councils))
        return {(row["organisation"], row["domain"], row["place"]): row["through"] for row in found}

    async def write_reported(self, councils: Collection[str], through: Through) -> None:
        """Make this all that is published of these councils."""
        await self._connection.execute(FORGET_REPORTED, list(councils))
        if through:
            told = [(*key, day) for key, day in through.items()]
            await self._connection.execute(ADD_REPORTED, *zip(*told, strict=True))

    async def write_reporters(self, reporters: Reporters) -> None:
        """Make this the published list of those who should report."""
        await self._connection.execute(FORGET_REPORTERS)
        if reporters:
            told = [(*each.key, each.first_on) for each in reporters]
            await self._connection.execute(ADD_REPORTERS, *zip(*told, strict=True))


def _facts(rows: Iterable[asyncpg.Record]) -> list[Fact]:
    """Those of a known type and version."""
    return [fact for row in rows if (fact := read_fact(row)) is not None]


def _codes(councils: Collection[str]) -> list[str]:
    """The codes that count for these councils."""
    return [code for code, council in _councils().items() if council in councils]


@cache
def _councils() -> Mapping[str, str]:
    """Every code that may be said, with the council that it counts for."""
    listed: Sequence[str] = [row["code"] for row in rows("municipalities")]
    return {code: council_of(code) for code in listed}
