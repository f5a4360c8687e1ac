"""Reporting as a test has it on its desk: fold records, look at entries, ask over HTTP."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import asyncpg
import httpx

from runtime.batch import Record, Tallies, Tally
from runtime.context import Context
from runtime.trouble import Patience
from services.reporting.counting.dimensions import Bucket
from services.reporting.counting.indicator import Amount
from services.reporting.folding.worker import Worker
from tests.reference.fold import entries_of
from tests.reference.plain import Event

TOKEN = "a steward's token of a test"
TOPIC = "registration-events"
NOON = 12 * 60 * 60 * 1000

Stored = tuple[str, str, date, date | None, str, frozenset[Bucket], Amount]
"""An entry with names for its numbers, the subject's first."""

ENTRIES = """
SELECT s.code, m.name, e.on_date, e.until_date, e.municipality, e.amount,
       ARRAY(SELECT b.split || ' ' || b.name FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM entry e JOIN subject s ON s.id = e.subject JOIN measure m ON m.id = e.measure
"""


@dataclass
class Desk:
    """One database with a worker, and the doors in front of it."""

    context: Context
    worker: Worker
    client: httpx.AsyncClient
    offset: int = 0
    repeated: Counter[str] = field(default_factory=Counter)
    """Why batches were begun anew, and how often."""

    async def fold(self, *events: Event | bytes | None, partition: int = 0) -> Tally:
        """Fold events as one batch, as the follower would, but for the positions."""
        records = [self._record(event, partition) for event in events]
        tallies = await Patience(self._again).insist(lambda: self._fold(records))
        return tallies[TOPIC, partition]

    async def _fold(self, records: Sequence[Record]) -> Tallies:
        prepared = await self.worker.prepare(records)
        async with self.context.pool.acquire() as connection, connection.transaction():
            return await self.worker.apply(connection, prepared)

    def _again(self, why: str) -> None:
        self.repeated[why] += 1

    async def fold_one_by_one(self, events: Iterable[Event | bytes]) -> None:
        """Fold each event in a batch of its own."""
        for event in events:
            await self.fold(event)

    async def entries(self) -> Counter[Stored]:
        """Everything that is counted, how often."""
        return stored_entries(await self.context.pool.fetch(ENTRIES))

    async def number(self, sql: str, *arguments: object) -> int:
        """One number of the database."""
        found: int = await self.context.pool.fetchval(sql, *arguments)
        return found

    async def ask(
        self, path: str, params: Mapping[str, str] | None = None, token: str | None = None
    ) -> httpx.Response:
        """The answer to a question, with a bearer token if one is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.get(path, params=dict(params or {}), headers=headers)

    async def values(
        self, indicator: str, place: str, period: str, **params: str
    ) -> dict[tuple[str, str], tuple[float | None, str]]:
        """(value, state) by (measure, bucket) in layer exact."""
        told = {"layer": "exact", "place": place, "period": period} | params
        answer = await self.ask(f"/indicators/{indicator}/values", told, TOKEN)
        assert answer.status_code == 200, answer.text
        return {
            (row["measure"], row["bucket"]): (row["value"], row["state"])
            for row in answer.json()["values"]
        }

    async def total(self, measure: str, place: str, period: str) -> tuple[float | None, str]:
        """Value and state of one total, by the name that entries carry."""
        indicator, name = measure.split(".", 1)
        return (await self.values(indicator, place, period, measure=name))[name, "total"]

    def _record(self, event: Event | bytes | None, partition: int) -> Record:
        self.offset += 1
        value = json.dumps(event).encode() if isinstance(event, dict) else event
        return Record(TOPIC, partition, self.offset, b"key", value, NOON)


def stored_entries(rows: Iterable[asyncpg.Record]) -> Counter[Stored]:
    """What the statement ENTRIES has found."""
    return Counter(
        (
            *(row["code"], row["name"], row["on_date"], row["until_date"]),
            row["municipality"],
            frozenset(_bucket(each) for each in row["buckets"]),
            row["amount"],
        )
        for row in rows
    )


def counted_by_reference(events: Iterable[Event]) -> Counter[Stored]:
    """What the fold that is written apart counts in a log."""
    return Counter(tuple(entry) for entry in entries_of(list(events)))


def _bucket(told: str) -> Bucket:
    split, _, name = told.partition(" ")
    return split, name
