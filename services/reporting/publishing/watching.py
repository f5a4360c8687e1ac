"""Looks at the log once a second, so that the metrics and `folded_to` know where it was."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from runtime.context import Context
from runtime.trouble import WORLD
from services.reporting.folding.freshness import Freshness
from services.reporting.publishing.exporter import FoldGauges

LOOK_SECONDS = 1.0


def watching(freshness: Freshness) -> Callable[[Context], Awaitable[None]]:
    """The task that keeps `freshness` and the fold's gauges up to date."""

    async def watch(context: Context) -> None:
        gauges = FoldGauges()
        context.metrics.registry.register(gauges)
        while True:
            with contextlib.suppress(*WORLD):  # the follower waits for the same, and says so
                gauges.show(await freshness.look(context))
            await asyncio.sleep(LOOK_SECONDS)

    return watch
