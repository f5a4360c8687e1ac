"""The live fold: events of a log that is there already, into entries, by one reporting worker."""

import asyncio
import time
from collections.abc import Sequence

from bench.engines import Bench
from bench.used import Look, Used

LOOK_S = 0.05
DEADLINE_S = 1800.0

FOLDED = "SELECT coalesce(sum(next_offset), 0) FROM reporting.position"

Track = Sequence[tuple[int, Used]]
"""How many records were folded at which moments, from the first committed batch to the last."""


def live_fold(bench: Bench, records: int) -> Track:
    """Fold a log of so many records, decoding and all included."""
    with bench.running("reporting") as programs:
        return asyncio.run(_track(bench, bench.look(programs["reporting"].program), records))


def between(track: Track) -> tuple[int, Used]:
    """How many records were folded from the first look to the last, and what that took."""
    (first, begin), (last, end) = track[0], track[-1]
    return last - first, end - begin


async def _track(bench: Bench, look: Look, records: int) -> Track:
    connection = await bench.database("reporting")
    deadline = time.monotonic() + DEADLINE_S
    track: list[tuple[int, Used]] = []
    try:
        while time.monotonic() < deadline:
            folded = int(await connection.fetchval(FOLDED))
            if folded and (not track or track[-1][0] != folded):
                track.append((folded, look()))
            if folded >= records:
                return track
            await asyncio.sleep(LOOK_S)
    finally:
        await connection.close()
    raise TimeoutError(f"{records} records were not folded within {DEADLINE_S:.0f} s")
