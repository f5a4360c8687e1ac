"""Observe reporting's positions to find when a record became visible."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bench.engines import Bench

_POLL_S = 0.004

_POSITIONS = "SELECT topic, partition, next_offset FROM reporting.position"

ObservedPositions = Mapping[tuple[str, int], Sequence[tuple[int, datetime]]]
"""By partition the positions seen, each with the instant at which it was first seen."""


async def observe_positions(bench: Bench) -> ObservedPositions:
    """Poll the positions until cancelled; return what was seen."""
    reporting = await bench.database("reporting")
    positions: dict[tuple[str, int], list[tuple[int, datetime]]] = {}
    try:
        while True:
            rows = await reporting.fetch(_POSITIONS)
            at = datetime.now(UTC)
            for topic, partition, offset in rows:
                seen = positions.setdefault((topic, partition), [])
                if not seen or seen[-1][0] != offset:
                    seen.append((offset, at))
            await asyncio.sleep(_POLL_S)
    except asyncio.CancelledError:
        return positions
    finally:
        await reporting.close()


def visible_at(positions: ObservedPositions, partition: tuple[str, int], offset: int) -> datetime:
    """Return the instant of the first poll that saw the record committed."""
    return next(at for position, at in positions[partition] if position > offset)
