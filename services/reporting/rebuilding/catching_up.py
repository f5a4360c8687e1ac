"""From where the new tables are to where the live ones are: the ordinary fold, on new tables."""

from collections.abc import Mapping

from runtime import positions
from runtime.batch import Batch, Step
from runtime.errors import AnotherLog
from runtime.folding import Folding
from runtime.identity import check_id, check_offset, extents
from runtime.kafka import Partition
from runtime.metrics import Metrics
from runtime.postgres import Pool
from runtime.reread import reread
from runtime.trouble import Patience
from services.reporting.folding.heard import Hearing
from services.reporting.folding.worker import Worker
from services.reporting.rebuilding.ground import Target


class CatchingUp:
    """Folds into the tables that the pool's sessions see, up to given offsets."""

    def __init__(self, pool: Pool, kafka: str, worker: Worker) -> None:
        self._pool = pool
        self._kafka = kafka
        self._folding: Folding[Hearing] = Folding(pool, worker, Patience(lambda _: None), Metrics())

    async def fold_to(self, ends: Mapping[Partition, int]) -> int:
        """Fold up to these offsets; how many records that were."""
        begins = await positions.take_up(self._pool, self._kafka, ends, expires=False)
        folded = 0
        for place, end in sorted(ends.items()):
            folded += await self._fold(place, begins[place].next_offset, end)
        return folded

    async def _fold(self, place: Partition, begin: int, end: int) -> int:
        at = begin
        async for records in reread(self._kafka, place, begin, end):
            await self._folding.fold(Batch({place: Step(at, records)}))
            at = records[-1].offset + 1
        return at - begin


async def check_log(kafka: str, targets: Mapping[Partition, Target]) -> None:
    """Raise AnotherLog unless Kafka holds, from its beginning on, the log that was folded."""
    ids = {place: target.log_id for place, target in targets.items()}
    for place, extent in (await extents(kafka, ids)).items():
        check_id(place, ids[place], extent)
        check_offset(place, targets[place].next_offset, extent)
        if extent.start > 0:
            raise AnotherLog(
                f"partition {place[1]} of {place[0]} begins at {extent.start}: what was said before"
                " is gone, and cannot be folded again"
            )
