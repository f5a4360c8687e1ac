"""Advance staging tables with the live projection's batch handler to where the live tables are."""

from collections.abc import Mapping

from runtime.messaging import positions
from runtime.messaging.batch_processor import BatchProcessor
from runtime.messaging.log_reader import read_range
from runtime.messaging.records import Batch, Partition, PartitionSlice
from runtime.messaging.topic_identity import check_offset, check_topic_id, watermarks
from runtime.process.errors import LogMismatch
from runtime.process.metrics import Metrics
from runtime.process.retry import RetryPolicy
from runtime.storage.pool import Pool
from services.reporting.projection.batch_handler import ProjectionHandler
from services.reporting.projection.decode import DecodedBatch
from services.reporting.rebuild.staging_schema import PartitionTarget


class CatchUp:
    """Processes records into the tables that the pool's sessions see, up to given offsets."""

    def __init__(self, pool: Pool, kafka: str, handler: ProjectionHandler) -> None:
        self._pool = pool
        self._kafka = kafka
        self._processor: BatchProcessor[DecodedBatch] = BatchProcessor(
            pool, handler, RetryPolicy(lambda _: None), Metrics()
        )

    async def advance_to(self, ends: Mapping[Partition, int]) -> int:
        """Process records up to these offsets; return how many offsets that was."""
        begins = await positions.assign(self._pool, self._kafka, ends, expires=False)
        processed = 0
        for partition, end in sorted(ends.items()):
            processed += await self._process(partition, begins[partition].next_offset, end)
        return processed

    async def _process(self, partition: Partition, begin: int, end: int) -> int:
        at = begin
        async for records in read_range(self._kafka, partition, begin, end):
            await self._processor.process(Batch({partition: PartitionSlice(at, records)}))
            at = records[-1].offset + 1
        return at - begin


async def require_same_log(kafka: str, targets: Mapping[Partition, PartitionTarget]) -> None:
    """Raise LogMismatch unless Kafka has the log that was projected, from its first record on."""
    ids = {partition: target.topic_id for partition, target in targets.items()}
    for partition, found in (await watermarks(kafka, ids)).items():
        check_topic_id(partition, ids[partition], found)
        check_offset(partition, targets[partition].next_offset, found)
        if found.start > 0:
            raise LogMismatch(
                f"partition {partition[1]} of {partition[0]} begins at {found.start}: earlier"
                " records are deleted, and cannot be projected again"
            )
