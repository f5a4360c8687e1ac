"""The SQL of what is expected: facts that make no entries, and what is published of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import asyncpg

from runtime.postgres import Connection
from schemas.lists import rows
from schemas.territory import council_of
from services.reporting.counting.history import Fact
from services.reporting.expecting.completeness import Key, Through
from services.reporting.expecting.reporters import Reporters
from services.reporting.expecting.targets import SUBJECT
from services.reporting.folding.store import read_fact

REPORTED = "reference.partner.reported"
TARGETS = "reference.target.set"
TAKEN_MAX = 5_000
"""Marks taken in one transaction: some hundredths of a second."""

# Every state of the records that were ever said of these places: a correction may have moved one
# here, or away; a retraction names no place.
STATES_AT = """
WITH named AS (
    SELECT DISTINCT source, subject, factid FROM fact
    WHERE type = $1 AND municipality = ANY ($2::text[])
      AND ($4::text IS NULL OR subject = $4)
      AND ($5::text IS NULL OR data->>'period' = $5)
)
SELECT f.source, f.type, f.version, f.subject, f.factid, f.revision, f.event_id, f.recorded_at,
       f.data
FROM named JOIN fact f ON (f.source, f.subject, f.factid)
                        = (named.source, named.subject, named.factid)
WHERE f.type IN ($1, 'reference.fact.retracted')
  AND ($3::timestamptz IS NULL OR f.recorded_at <= $3)
"""

# The few records that are marked are looked up one by one (OFFSET 0): the planner does not know
# how few they are, and would read all facts for them.
REPORTED_ANEW = """
SELECT states.*
FROM (SELECT DISTINCT source, organisation, factid FROM reported_anew) AS anew
CROSS JOIN LATERAL (
    SELECT f.source, f.type, f.version, f.subject, f.factid, f.revision, f.event_id, f.recorded_at,
           f.data
    FROM fact f
    WHERE (f.source, f.subject, f.factid) = (anew.source, anew.organisation, anew.factid)
      AND f.type IN ('reference.partner.reported', 'reference.fact.retracted')
    OFFSET 0
) AS states
"""

TAKE_REPORTED = """
WITH taken AS (
    DELETE FROM reported_anew
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM reported_anew LIMIT $1))
    RETURNING source, organisation, factid
)
SELECT states.*
FROM (SELECT DISTINCT source, organisation, factid FROM taken) AS anew
CROSS JOIN LATERAL (
    SELECT f.source, f.type, f.version, f.subject, f.factid, f.revision, f.event_id, f.recorded_at,
           f.data
    FROM fact f
    WHERE (f.source, f.subject, f.factid) = (anew.source, anew.organisation, anew.factid)
      AND f.type IN ('reference.partner.reported', 'reference.fact.retracted')
    OFFSET 0
) AS states
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

    async def reports(
        self, councils: Collection[str], instant: datetime | None = None
    ) -> list[Fact]:
        """Every state of the reports that were ever said of these councils, known by an instant."""
        asked = (REPORTED, _codes(councils), instant, None, None)
        return _facts(await self._connection.fetch(STATES_AT, *asked))

    async def targets(self, wanted: Wanted, instant: datetime | None = None) -> list[Fact]:
        """Every state of the targets that were ever set there, known by an instant."""
        subject = None if wanted.indicator is None else f"{SUBJECT}{wanted.indicator}"
        asked = (TARGETS, _codes(wanted.councils), instant, subject, wanted.period)
        return _facts(await self._connection.fetch(STATES_AT, *asked))

    async def reported_anew(self) -> list[Fact]:
        """All states of the records that are not in `published.reported` as they are now."""
        return _facts(await self._connection.fetch(REPORTED_ANEW))

    async def take_reported(self) -> list[Fact]:
        """The same of some of them, whose marks are removed."""
        return _facts(await self._connection.fetch(TAKE_REPORTED, TAKEN_MAX))

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
