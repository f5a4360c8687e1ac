"""Reporting in a test: process records, read entries, call the API."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import asyncpg
import httpx

from runtime.context import Context
from runtime.messaging.records import CountsByPartition, Record, RecordCounts
from runtime.process.retry import RetryPolicy
from services.reporting.domain.dimensions import Bucket
from services.reporting.domain.indicator import Amount
from services.reporting.projection.batch_handler import ProjectionHandler
from tests.reference.fold import entries_of
from tests.reference.shapes import Event

TOKEN = "a steward's token of a test"
TOPIC = "registration-events"
NOON = 12 * 60 * 60 * 1000

StoredEntries = tuple[str, str, date, date | None, str, frozenset[Bucket], Amount]
"""An entry with names instead of ids, the subject's code first."""

ENTRIES = """
SELECT s.code, m.name, e.on_date, e.until_date, e.municipality, e.amount,
       ARRAY(SELECT b.split || ' ' || b.name FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM entry e JOIN subject s ON s.id = e.subject JOIN measure m ON m.id = e.measure
"""


@dataclass
class ReportingHarness:
    """One replica of reporting over a database: its batch handler and a client of its API."""

    context: Context
    handler: ProjectionHandler
    client: httpx.AsyncClient
    offset: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    """How often batches were retried, by reason."""

    async def process(self, *events: Event | bytes | None, partition: int = 0) -> RecordCounts:
        """Apply events as one batch, as the consumer would, but without positions."""
        records = [self._record(event, partition) for event in events]
        counts = await RetryPolicy(self._count_retry).retry_forever(lambda: self._apply(records))
        return counts[TOPIC, partition]

    async def _apply(self, records: Sequence[Record]) -> CountsByPartition:
        prepared = await self.handler.prepare(records)
        async with self.context.pool.acquire() as connection, connection.transaction():
            return await self.handler.apply(connection, prepared)

    def _count_retry(self, reason: str) -> None:
        self.retries[reason] += 1

    async def process_one_by_one(self, events: Iterable[Event | bytes]) -> None:
        """Apply each event as a batch of its own."""
        for event in events:
            await self.process(event)

    async def entries(self) -> Counter[StoredEntries]:
        """Return every stored entry with its number of rows."""
        return stored_entries(await self.context.pool.fetch(ENTRIES))

    async def fetch_number(self, sql: str, *arguments: object) -> int:
        """Return one number of the database."""
        found: int = await self.context.pool.fetchval(sql, *arguments)
        return found

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, token: str | None = None
    ) -> httpx.Response:
        """Return the response to a GET request, with a bearer token if one is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.get(path, params=dict(params or {}), headers=headers)

    async def values(
        self, indicator: str, place: str, period: str, **params: str
    ) -> dict[tuple[str, str], tuple[float | None, str]]:
        """Return (value, state) by (measure, bucket) in layer exact."""
        query = {"layer": "exact", "place": place, "period": period} | params
        response = await self.get(f"/indicators/{indicator}/values", query, TOKEN)
        assert response.status_code == 200, response.text
        return {
            (row["measure"], row["bucket"]): (row["value"], row["state"])
            for row in response.json()["values"]
        }

    async def total(self, measure: str, place: str, period: str) -> tuple[float | None, str]:
        """Return value and state of one total, by the name of the measure in entries."""
        indicator, name = measure.split(".", 1)
        return (await self.values(indicator, place, period, measure=name))[name, "total"]

    def _record(self, event: Event | bytes | None, partition: int) -> Record:
        self.offset += 1
        value = json.dumps(event).encode() if isinstance(event, dict) else event
        return Record(TOPIC, partition, self.offset, b"key", value, NOON)


def stored_entries(rows: Iterable[asyncpg.Record]) -> Counter[StoredEntries]:
    """Return the entries that the statement ENTRIES has found."""
    return Counter(
        (
            *(row["code"], row["name"], row["on_date"], row["until_date"]),
            row["municipality"],
            frozenset(_bucket(each) for each in row["buckets"]),
            row["amount"],
        )
        for row in rows
    )


def counted_by_reference(events: Iterable[Event]) -> Counter[StoredEntries]:
    """Return the entries of a log by the reference fold."""
    return Counter(tuple(entry) for entry in entries_of(list(events)))


def _bucket(text: str) -> Bucket:
    split, _, name = text.partition(" ")
    return split, name
