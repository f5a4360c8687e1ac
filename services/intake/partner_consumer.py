"""Consume each partner's own Kafka topic; validate and accept its events as over HTTP."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from runtime.context import Context
from runtime.messaging import admin
from runtime.messaging.batch_consumer import BatchConsumer
from runtime.messaging.batch_processor import CRASHED
from runtime.messaging.records import CountsByPartition, Partition, Record, RecordCounts
from runtime.process import log
from runtime.process.clock import belgrade_day
from runtime.process.errors import Unavailable
from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.storage import quarantine
from runtime.storage.pool import Connection
from runtime.storage.quarantine import PayloadCipher
from schemas.topics import partner_topic
from schemas.validation.problems import Problem, joined
from services.intake.acceptance import Outcome, accept
from services.intake.event_bodies import event_in_record
from services.intake.model import DeclaredPartner
from services.intake.repository import IntakeRepository
from services.intake.validation import Caller, ValidationContext, ValidationResult, validate

_TOPIC_PREFIX = partner_topic("").name
_POLL_INTERVAL_S = 2.0
"""How long after its declaration a new partner's topic is consumed at the latest."""

_LOG = log.get(__name__)


@dataclass(frozen=True, slots=True)
class _ValidatedRecord:
    """A record of a partner's topic with its validation result."""

    record: Record
    result: ValidationResult


class _PartnerBatchHandler:
    """Writes receipts, outbox rows and quarantine in the transaction of a batch."""

    def __init__(self, context: Context, cipher: PayloadCipher | None) -> None:
        self._context = context
        self._cipher = cipher

    async def prepare(self, records: Sequence[Record]) -> Sequence[_ValidatedRecord]:
        """Validate each record as an event of its topic's partner."""
        partners = await self._partners({record.topic for record in records})
        validation = ValidationContext(belgrade_day(self._context.clock()), self._context.declared)
        return [
            _ValidatedRecord(
                record,
                validate(
                    event_in_record(record.value, record.headers),
                    Caller(partners[record.topic]),
                    validation,
                ),
            )
            for record in records
        ]

    async def apply(
        self, connection: Connection, prepared: Sequence[_ValidatedRecord]
    ) -> CountsByPartition:
        """Accept valid events, quarantine the others, and count every record."""
        outcomes = await accept(
            IntakeRepository(connection), [validated.result for validated in prepared]
        )
        for validated, outcome in zip(prepared, outcomes, strict=True):
            if outcome.problems:
                problem = joined(outcome.problems)
                await quarantine.insert(connection, validated.record, problem, self._cipher)
        return _counts(prepared, outcomes)

    async def quarantine(self, connection: Connection, record: Record, reason: str) -> None:
        """Quarantine a record that fails every time."""
        problem = Problem(CRASHED, "$", reason, "The operator replays it when the bug is fixed.")
        await quarantine.insert(connection, record, problem, self._cipher)

    async def _partners(self, topics: set[str]) -> Mapping[str, DeclaredPartner]:
        async with self._context.pool.acquire() as connection:
            repository = IntakeRepository(connection)
            found = {
                topic: await repository.partner(topic.removeprefix(_TOPIC_PREFIX))
                for topic in topics
            }
        return {topic: partner for topic, partner in found.items() if partner is not None}


async def consume_partner_topics(context: Context) -> None:
    """Consume each partner's topic by its own consumer, so that none delays another.

    Each consumer has its own group: a static member that joins a group again with other topics
    would be assigned its old ones.
    """
    key_file = context.settings.quarantine_key_file
    handler = _PartnerBatchHandler(
        context, None if key_file is None else PayloadCipher.read(key_file)
    )
    consumers: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            declared = await _declared_partners(context)
            new = [partner for partner in declared if partner not in consumers]
            if new and await _have_topics(context, new):
                for partner in new:
                    consumer = _consumer(context, handler, partner)
                    consumers[partner] = asyncio.create_task(consumer.run())
            await _pause(consumers.values())
    finally:
        await _cancel(consumers.values())


def _consumer(
    context: Context, handler: _PartnerBatchHandler, partner: str
) -> BatchConsumer[Sequence[_ValidatedRecord]]:
    consumer = BatchConsumer(
        pool=context.pool,
        kafka=context.settings.kafka,
        group=f"lmc-intake-{partner}",
        instance=context.settings.instance,
        topics=[partner_topic(partner).name],
        handler=handler,
        metrics=context.metrics,
        expires=True,
    )
    context.health.add(f"topic of {partner}", consumer.unready_reason)
    return consumer


async def _declared_partners(context: Context) -> tuple[str, ...]:
    """Return the ids of all partners; none while the database is unavailable."""
    try:
        async with context.pool.acquire() as connection:
            return await IntakeRepository(connection).partner_ids()
    except DATABASE_UNAVAILABLE as error:
        _LOG.warning("cannot read the partners", failure=log.describe(error))
        return ()


async def _have_topics(context: Context, partners: Sequence[str]) -> bool:
    try:
        await admin.create_topics(
            context.settings.kafka,
            [partner_topic(partner) for partner in partners],
            context.settings.kafka_replication,
        )
    except Unavailable as error:
        _LOG.warning("cannot create the partners' topics yet", failure=log.describe(error))
        return False
    return True


async def _pause(consumers: Collection[asyncio.Task[None]]) -> None:
    """Wait until partners are read again; an exception of a consumer ends the service."""
    if not consumers:
        await asyncio.sleep(_POLL_INTERVAL_S)
        return
    done, _ = await asyncio.wait(
        consumers, timeout=_POLL_INTERVAL_S, return_when=asyncio.FIRST_COMPLETED
    )
    for task in done:
        task.result()


async def _cancel(consumers: Collection[asyncio.Task[None]]) -> None:
    for task in consumers:
        task.cancel()
    if consumers:
        await asyncio.wait(consumers)


def _counts(records: Sequence[_ValidatedRecord], outcomes: Sequence[Outcome]) -> CountsByPartition:
    """Count the records of each partition by what became of them."""
    by_status: Counter[tuple[Partition, str]] = Counter()
    codes: dict[Partition, list[str]] = defaultdict(list)
    for validated, outcome in zip(records, outcomes, strict=True):
        partition = validated.record.topic_partition
        by_status[partition, outcome.status] += 1
        if outcome.problems:
            codes[partition].append(outcome.problems[0].code)
    return {
        partition: RecordCounts(
            applied=by_status[partition, "accepted"],
            duplicate=by_status[partition, "duplicate"],
            quarantined=by_status[partition, "refused"],
            quarantined_codes=tuple(codes[partition]),
        )
        for partition in {validated.record.topic_partition for validated in records}
    }
