"""How a proof goes about its work: whom it tells what it finds, and how it holds back."""

import asyncio
import time
from dataclasses import dataclass

from services.reporting.proof.suspicion import Found, nobody

SLICE_SUBJECTS = 300
"""Some tenths of a second, and on a machine that has much else to do far below the five in which a
transaction must go on; so the proof does not hold back the database's cleaning either."""
SLICE_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Manner:
    """`pause`: after each slice it rests so many times as long as that took."""

    found: Found = nobody
    pause: float = 0.0
    subjects: int = SLICE_SUBJECTS
    records: int = SLICE_RECORDS

    async def rest(self, begun_s: float) -> None:
        """Let others work after a slice that was begun at this moment."""
        if self.pause:
            await asyncio.sleep(self.pause * (time.monotonic() - begun_s))


AT_ONCE = Manner()
