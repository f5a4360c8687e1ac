"""The SQL of the register: which proofs there were, what they suspect, and what is in doubt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from runtime.postgres import Pool
from services.reporting.proof.suspicion import Finding, Kind, Suspect
from services.reporting.tables.doubt import Doubt

WHY_MAX = 2000
"""Characters of what is kept about one suspect."""
KEPT = timedelta(days=30)
"""How long a proof is remembered that found nothing; there are 144 samples a day."""

BEGIN = "INSERT INTO verification (kind, started_at) VALUES ($1, $2) RETURNING id"

END = """
UPDATE verification
SET ended_at = $2, compared = $3, differs = $4, agrees = $5, certificate = $6::jsonb
WHERE id = $1
"""

BREAK_OFF = "UPDATE verification SET ended_at = $1 WHERE ended_at IS NULL"

PRUNE = """
DELETE FROM verification v
WHERE ended_at < $1 AND NOT EXISTS (SELECT FROM suspect s WHERE s.verification = v.id)
"""

KEEP = """
INSERT INTO suspect (verification, kind, code, topic, partition, number, why, found_at, looked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (kind, code, topic, partition, number) WHERE cleared_at IS NULL
DO UPDATE SET why = excluded.why, looked_at = excluded.looked_at
RETURNING id
"""

DOUBTS_OF = """
SELECT measure, municipality, from_month, to_month, is_of_log FROM doubt WHERE suspect = $1
"""

FORGET_DOUBTS = "DELETE FROM doubt WHERE suspect = ANY ($1::bigint[])"

OPEN = """
SELECT id, verification, kind, code, topic, partition, number
FROM suspect WHERE cleared_at IS NULL
ORDER BY looked_at
LIMIT $1
"""

CLEAR = """
UPDATE suspect SET cleared_at = $2, looked_at = $2
WHERE id = ANY ($1::bigint[]) AND cleared_at IS NULL
"""

ALL_OPEN = "SELECT id FROM suspect WHERE cleared_at IS NULL"

# The last of each kind that came to its end.
LAST = """
SELECT kinds.kind, last.*
FROM (VALUES ('sample'), ('all')) AS kinds (kind)
CROSS JOIN LATERAL (
    SELECT started_at, ended_at, compared, differs, agrees
    FROM verification v
    WHERE v.kind = kinds.kind AND agrees IS NOT NULL AND ended_at IS NOT NULL
    ORDER BY ended_at DESC
    LIMIT 1
) AS last
"""

STANDING = """
SELECT (SELECT count(*) FROM suspect WHERE cleared_at IS NULL),
       (SELECT count(*) FROM published.value WHERE state = 'withheld')
"""

# Nothing is told of an erased person, whoever is linked with them.
DIFFERENCES = """
SELECT s.kind, CASE WHEN gone.is_erased THEN NULL ELSE s.code END AS code,
       s.topic, s.partition, s.number,
       CASE WHEN gone.is_erased THEN 'erased person' ELSE s.why END AS why, s.found_at, s.looked_at
FROM suspect s
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM erased e WHERE e.code = s.code OR position(e.code IN s.why) > 0
    ) AS is_erased
) AS gone
WHERE s.cleared_at IS NULL
ORDER BY s.found_at, s.id
LIMIT $1
"""


class Opened(NamedTuple):
    """A suspect that has not been cleared, and the proof that found it."""

    id: int
    verification: int
    suspect: Suspect


@dataclass(frozen=True, slots=True)
class Verification:
    """A proof that came to its end."""

    kind: str
    started_at: datetime
    ended_at: datetime
    compared: int
    differs: int
    agrees: bool


class Ending(NamedTuple):
    """How a proof ended; the certificate is JSON and names nobody."""

    ended_at: datetime
    compared: int
    differs: int
    agrees: bool
    certificate: str


class Standing(NamedTuple):
    """How much is suspected, and how many totals, once published as a number, are withheld."""

    suspects: int
    withheld: int


class Register:
    """The proofs of an installation, over its pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(self, kind: str, now: datetime) -> int:
        """Write down that a proof begins; gives its number."""
        number: int = await self._pool.fetchval(BEGIN, kind, now)
        return number

    async def end(self, number: int, ending: Ending) -> None:
        """Write down how it ended."""
        await self._pool.execute(END, number, *ending)
        await self._pool.execute(PRUNE, ending.ended_at - KEPT)

    async def break_off(self, now: datetime) -> None:
        """Whatever has begun and not ended was broken off: only one proof runs at a time."""
        await self._pool.execute(BREAK_OFF, now)

    async def keep(self, number: int, finding: Finding, now: datetime) -> None:
        """Keep a finding, and its doubts and no others; a suspect that stands is kept once."""
        why = "; ".join(f"{each.where}: {each.what}" for each in finding.differences)[:WHY_MAX]
        async with self._pool.acquire() as connection, connection.transaction():
            kept = await connection.fetchval(KEEP, number, *finding.suspect, why, now)
            known = {Doubt(*row) for row in await connection.fetch(DOUBTS_OF, kept)}
            if known != set(finding.doubts):
                await connection.execute(FORGET_DOUBTS, [kept])
                await connection.copy_records_to_table(
                    "doubt",
                    records=[(kept, *_columns(doubt)) for doubt in finding.doubts],
                    columns=("suspect", *_FIELDS),
                )

    async def open(self, limit: int) -> list[Opened]:
        """Suspects that stand, those first that were not looked at for longest."""
        return [
            Opened(number, verification, Suspect(Kind(kind), *place))
            for number, verification, kind, *place in await self._pool.fetch(OPEN, limit)
        ]

    async def clear(self, suspects: Collection[int], now: datetime) -> None:
        """They agree: nothing is in doubt because of them any more."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(FORGET_DOUBTS, list(suspects))
            await connection.execute(CLEAR, list(suspects), now)

    async def clear_all(self, now: datetime) -> None:
        """Everything agrees."""
        await self.clear([row["id"] for row in await self._pool.fetch(ALL_OPEN)], now)

    async def last(self) -> dict[str, Verification]:
        """The last proof of each kind that came to its end."""
        return {row["kind"]: Verification(**row) for row in await self._pool.fetch(LAST)}

    async def standing(self) -> Standing:
        """What is suspected and withheld now."""
        row = await self._pool.fetchrow(STANDING)
        return Standing(0, 0) if row is None else Standing(*row)

    async def differences(self, limit: int) -> Sequence[asyncpg.Record]:
        """The suspects that stand, with what differs."""
        found: Sequence[asyncpg.Record] = await self._pool.fetch(DIFFERENCES, limit)
        return found


_FIELDS = ("measure", "municipality", "from_month", "to_month", "is_of_log")


def _columns(doubt: Doubt) -> tuple[object, ...]:
    return tuple(getattr(doubt, field) for field in _FIELDS)
