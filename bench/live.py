"""The live fold: events of a log that is there already, into entries, by one reporting worker."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.engines import Bench
from bench.used import Look, Used, cpu_s
from services.reporting.publishing.task import LOCK_PUBLISH

LOOK_S = 0.05
DEADLINE_S = 1800.0
CALM_LOOK_S, CALM_LOOKS, CALM_S_MAX = 1.0, 5, 0.05
"""The database is calm when in each of five seconds it has used a twentieth of a core at most."""

FOLDED = "SELECT coalesce(sum(next_offset), 0) FROM reporting.position"

PUBLISHER = """
SELECT pid FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1::int AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Moment(NamedTuple):
    """How many records are folded, what is used until now, and what of it publishing used.

    Of what publishing costs only its session's part is known, which is nearly all.
    """

    folded: int
    used: Used
    publishing_s: float


Track = Sequence[Moment]
"""From the first committed batch to the last."""


def live_fold(bench: Bench, records: int) -> Track:
    """Fold a log of so many records, decoding and all included."""
    with bench.running("reporting") as programs:
        return asyncio.run(_track(bench, bench.look(programs["reporting"].program), records))


def live_fold_of(bench: Bench, write: Callable[[], None], records: int) -> Track:
    """Fold what is written while the service runs, until so many records are folded.

    What its start costs is over by then, which is more in larger tables: a day's periods are
    counted once, and new tables are vacuumed.
    """
    with bench.running("reporting") as programs:
        look = bench.look(programs["reporting"].program)
        settle(look)
        write()
        return asyncio.run(_track(bench, look, records))


def settle(look: Look) -> None:
    """Wait until the database has next to nothing to do."""
    deadline = time.monotonic() + DEADLINE_S
    begin, calm = look(), 0
    while calm < CALM_LOOKS:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the database was still busy after {DEADLINE_S:.0f} s")
        time.sleep(CALM_LOOK_S)
        end = look()
        calm = calm + 1 if (end - begin).postgres_s < CALM_S_MAX else 0
        begin = end


def between(track: Track) -> tuple[int, Used]:
    """How many records were folded from the first look to the last, and what that took."""
    first, last = track[0], track[-1]
    return last.folded - first.folded, last.used - first.used


def publishing_us_per_event(track: Track) -> float:
    """CPU of the database's session that publishes; it works beside the fold, in long rounds."""
    first, last = track[0], track[-1]
    return round(1e6 * (last.publishing_s - first.publishing_s) / (last.folded - first.folded), 1)


async def _track(bench: Bench, look: Look, records: int) -> Track:
    connection = await bench.database("reporting")
    deadline = time.monotonic() + DEADLINE_S
    track: list[Moment] = []
    try:
        publisher = await connection.fetchval(PUBLISHER, LOCK_PUBLISH)
        while time.monotonic() < deadline:
            folded = int(await connection.fetchval(FOLDED))
            if folded and (not track or track[-1].folded != folded):
                track.append(Moment(folded, look(), cpu_s(publisher)))
            if folded >= records:
                return track
            await asyncio.sleep(LOOK_S)
    finally:
        await connection.close()
    raise TimeoutError(f"{records} records were not folded within {DEADLINE_S:.0f} s")
