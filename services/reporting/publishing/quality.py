"""The quality figures: counted by the copy that publishes, now and then, with their instant."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn

from runtime.context import Context
from runtime.trouble import Patience
from schemas.territory import COUNCILS
from services.reporting.publishing.exporter import Gauges
from services.reporting.quality.finding import possible_duplicates
from services.reporting.quality.pairs import is_small, open_pairs
from services.reporting.quality.store import POSSIBLE_DUPLICATES, Notebook

QUALITY_SECONDS = 60.0
"""A pair is for a person to look at: a minute is soon."""


async def count_quality(context: Context, gauges: Gauges) -> NoReturn:
    """Count as long as this copy publishes."""
    patience = Patience(lambda _: None)  # the fold counts how often the world is away
    while True:
        gauges.show_pairs(await patience.insist(lambda: show_pairs(context)))
        await asyncio.sleep(QUALITY_SECONDS)


async def show_pairs(context: Context) -> Mapping[str, int]:
    """Let everybody see how many pairs are open in each council; gives those that are not small."""
    as_of: datetime = context.clock()
    async with context.pool.acquire() as connection:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = open_pairs(await possible_duplicates(connection))
        counts = {council: found.get(council, 0) for council in COUNCILS}
        await Notebook(connection).show(POSSIBLE_DUPLICATES, counts, as_of)
    return {council: count for council, count in counts.items() if not is_small(count)}
