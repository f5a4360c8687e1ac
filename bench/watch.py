"""When what was said becomes visible: the positions, looked at all the time."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bench.engines import Bench

LOOK_S = 0.004

POSITIONS = "SELECT topic, partition, next_offset FROM reporting.position"

Looks = Mapping[tuple[str, int], Sequence[tuple[int, datetime]]]
"""By partition every position that was seen, with the instant at which it was seen first."""


async def watch(bench: Bench) -> Looks:
    """Look until cancelled; then what was seen."""
    reporting = await bench.database("reporting")
    looks: dict[tuple[str, int], list[tuple[int, datetime]]] = {}
    try:
        while True:
            rows = await reporting.fetch(POSITIONS)
            at = datetime.now(UTC)
            for topic, partition, offset in rows:
                seen = looks.setdefault((topic, partition), [])
                if not seen or seen[-1][0] != offset:
                    seen.append((offset, at))
            await asyncio.sleep(LOOK_S)
    except asyncio.CancelledError:
        return looks
    finally:
        await reporting.close()


def visible_at(looks: Looks, place: tuple[str, int], offset: int) -> datetime:
    """The first look that finds the record folded and committed."""
    return next(at for position, at in looks[place] if position > offset)
