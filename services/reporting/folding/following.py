"""Keeps entries up to the log: waits until they follow our definitions, then follows."""

import gc
from collections.abc import Awaitable, Callable

from runtime import log
from runtime.context import Context
from runtime.follow import Follower
from runtime.quarantine import Seal
from runtime.trouble import Patience
from services.reporting.folding.freshness import FOLLOWED
from services.reporting.folding.heard import Hearing
from services.reporting.folding.names import Names
from services.reporting.folding.projection import Standing, await_ours
from services.reporting.folding.worker import Definitions, Worker

GROUP = "lmc-reporting"
GARBAGE = (50_000, 20, 50)
"""A batch makes tens of thousands of small objects that live until it is committed. Looked through
for garbage as often as Python does by default, they cost twice the time of the fold itself."""

_LOG = log.get(__name__)


def follow(standing: Standing) -> Callable[[Context], Awaitable[None]]:
    """The task that folds the log as one copy of the group; it ends by raising an Exit.

    It waits, and `standing` tells so, while the entries follow other definitions.
    """

    async def fold(context: Context) -> None:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        context.health.add("definitions", standing.trouble)
        names = Names(context.pool)
        worker = Worker(Definitions.of(context.declared), names, _seal(context))
        patience = Patience(_counter(context))
        await patience.insist(lambda: names.learn_catalogue(worker.definitions.catalogue))
        await await_ours(context.pool, worker, patience, standing)
        follower = _follower(context, worker)
        context.health.add("fold", follower.trouble)
        await follower.run()

    return fold


def _follower(context: Context, worker: Worker) -> Follower[Hearing]:
    return Follower(
        pool=context.pool,
        kafka=context.settings.kafka,
        group=GROUP,
        instance=context.settings.instance,
        topics=[topic.name for topic in FOLLOWED],
        fold=worker,
        metrics=context.metrics,
    )


def _counter(context: Context) -> Callable[[str], object]:
    return lambda why: context.metrics.follow_again.labels(why).inc()


def _seal(context: Context) -> Seal | None:
    seal = Seal.read(context.settings.seal_key_file)
    if seal is None:
        _LOG.warning("no seal key is set: of a bad record nothing but its place is kept")
        return None
    return seal
