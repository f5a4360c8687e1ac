"""How far the positions in the database are behind the ends of the log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from runtime import kafka, positions
from runtime.postgres import Pool


@dataclass(frozen=True, slots=True)
class Lag:
    """One partition: what is folded of it, and what there is."""

    topic: str
    partition: int
    next_offset: int
    end: int
    folded_to: datetime | None  # timestamp of the last folded record

    @property
    def records(self) -> int:
        """How many records are not folded yet."""
        return max(0, self.end - self.next_offset)


async def lags(pool: Pool, bootstrap: str, topics: Collection[str]) -> list[Lag]:
    """Every partition of these topics that has been followed; Unavailable without Kafka."""
    known = await positions.read(pool, topics)
    ends = await kafka.ends(bootstrap, set(known))
    return [
        Lag(*place, position.next_offset, ends[place], position.last_at)
        for place, position in known.items()
        if place in ends
    ]
