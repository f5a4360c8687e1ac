"""The task that keeps entries up to date with the log once their definitions are current."""

import gc
from collections.abc import Awaitable, Callable

from runtime.context import Context
from runtime.messaging.batch_consumer import BatchConsumer
from runtime.process import log
from runtime.process.retry import RetryPolicy
from runtime.storage.quarantine import PayloadCipher
from services.reporting.projection.batch_handler import Definitions, ProjectionHandler
from services.reporting.projection.decode import DecodedBatch
from services.reporting.projection.definition_gate import DefinitionGate, wait_until_current
from services.reporting.projection.freshness import CONSUMED_TOPICS
from services.reporting.projection.id_dictionary import IdDictionary

_GROUP = "lmc-reporting"
"""The consumer group of all replicas."""
_GC_THRESHOLDS = (50_000, 20, 50)
"""A batch makes tens of thousands of small objects that live until it is committed. Garbage
collection with Python's default thresholds would take twice the time of the fold itself."""

_LOG = log.get(__name__)


def projection_task(gate: DefinitionGate) -> Callable[[Context], Awaitable[None]]:
    """Return the task that consumes the log as one replica of the group.

    It waits, with the gate blocked, while the entries follow other definitions. It ends only by
    raising a ProcessExit.
    """

    async def consume(context: Context) -> None:
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        context.health.add("definitions", gate.unready_reason)
        ids = IdDictionary(context.pool)
        handler = ProjectionHandler(Definitions.of(context.declared), ids, _cipher(context))
        retries = RetryPolicy(_retry_counter(context))
        await retries.retry_forever(lambda: ids.register_catalogue(handler.definitions.catalogue))
        await wait_until_current(context.pool, handler, retries, gate)
        consumer = _consumer(context, handler)
        context.health.add("projection", consumer.unready_reason)
        await consumer.run()

    return consume


def _consumer(context: Context, handler: ProjectionHandler) -> BatchConsumer[DecodedBatch]:
    return BatchConsumer(
        pool=context.pool,
        kafka=context.settings.kafka,
        group=_GROUP,
        instance=context.settings.instance,
        topics=[topic.name for topic in CONSUMED_TOPICS],
        handler=handler,
        metrics=context.metrics,
    )


def _retry_counter(context: Context) -> Callable[[str], object]:
    return lambda reason: context.metrics.projection_retries.labels(reason).inc()


def _cipher(context: Context) -> PayloadCipher | None:
    cipher = PayloadCipher.read(context.settings.quarantine_key_file)
    if cipher is None:
        _LOG.warning("no quarantine key is set: the bytes of rejected records are not stored")
    return cipher
