"""A relay in its own process, which can kill itself between send and mark.

    python -m tests.integration.relay_program SETTINGS_JSON ROUND

At its ROUND-th round (0: never) the process group is killed after Kafka has acknowledged and before
the rows are marked.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from runtime.messaging import outbox_relay
from runtime.messaging.outbox_relay import RelayLimits
from runtime.process.metrics import Metrics
from runtime.storage.pool import open_pool
from tests.integration.outbox_kit import Settings

Columns = tuple[list[int], list[int], list[int]]


def plant_kill(at_round: int) -> None:
    """Replace the one function that is called between the acknowledgement and the mark."""
    columns = outbox_relay._columns  # noqa: SLF001 - the launcher plants, the product has no switch
    rounds = 0

    def kill(acked: Sequence[tuple[outbox_relay._Batch, int]]) -> Columns:
        nonlocal rounds
        rounds += 1
        if rounds == at_round:
            os.killpg(0, signal.SIGKILL)
        return columns(acked)

    outbox_relay._columns = kill  # noqa: SLF001


async def relay(settings: Settings) -> None:
    """Send until killed."""
    pool = await open_pool(settings)
    limits = RelayLimits(suspended_s=3)
    await outbox_relay.OutboxRelay(pool, settings.kafka, Metrics(), limits).run()


if __name__ == "__main__":
    plant_kill(int(sys.argv[2]))
    asyncio.run(relay(Settings.model_validate_json(sys.argv[1])))
