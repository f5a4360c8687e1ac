"""The lag of a projection: how far its positions are behind the end of the log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from runtime.messaging import admin, positions
from runtime.storage.pool import Pool


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """One partition: the next offset to process, and the end of the log."""

    topic: str
    partition: int
    next_offset: int
    end: int
    projected_through: datetime | None  # timestamp of the last processed record

    @property
    def records(self) -> int:
        """How many records are not processed yet."""
        return max(0, self.end - self.next_offset)


async def consumer_lags(pool: Pool, bootstrap: str, topics: Collection[str]) -> list[ConsumerLag]:
    """Return the lag of every consumed partition of these topics; Unavailable without Kafka."""
    known = await positions.read(pool, topics)
    ends = await admin.end_offsets(bootstrap, set(known))
    return [
        ConsumerLag(*partition, position.next_offset, ends[partition], position.last_at)
        for partition, position in known.items()
        if partition in ends
    ]
