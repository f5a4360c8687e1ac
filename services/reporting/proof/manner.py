"""How a proof goes about its work: whom it tells what it finds, and how it holds back."""

import asyncio
import time
from dataclasses import dataclass

from services.reporting.proof.suspicion import Found, nobody

SLICE_SUBJECTS = 1000
"""Some tenths of a second: no transaction of the proof holds back the database's cleaning."""
SLICE_RECORDS = 1000


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
