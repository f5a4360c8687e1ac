"""Keeps entries up to the log: claims the projection, refolds what is older, follows."""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

from runtime import log
from runtime.context import Context
from runtime.follow import Follower
from runtime.quarantine import Seal
from runtime.trouble import Patience
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.freshness import FOLLOWED
from services.reporting.folding.names import Names
from services.reporting.folding.projection import claim, refold
from services.reporting.folding.worker import Definitions, Worker
from services.reporting.indicators import catalogue

GROUP = "lmc-reporting"
GARBAGE = (50_000, 20, 50)
"""A batch makes tens of thousands of small objects that live until it is committed. Looked through
for garbage as often as Python does by default, they cost twice the time of the fold itself."""

_LOG = log.get(__name__)


async def follow(context: Context) -> None:
    """Fold the log as one copy of the group, until cancelled; raises the Exit that ends us."""
    settings = context.settings
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    definitions = Definitions(catalogue(context.declared), catalogue_digest(context.declared))
    names = Names(context.pool)
    worker = Worker(definitions, names, _seal(settings.seal_key_file))
    follower = Follower(
        pool=context.pool,
        kafka=settings.kafka,
        group=GROUP,
        instance=settings.instance,
        topics=[topic.name for topic in FOLLOWED],
        fold=worker,
        metrics=context.metrics,
    )
    context.health.add("fold", follower.trouble)
    patience = Patience(_counter(context))
    await patience.insist(lambda: names.learn_catalogue(definitions.catalogue))
    await patience.insist(lambda: claim(context.pool, definitions.digest))
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(refold(context.pool, worker, patience))
            tasks.create_task(follower.run())
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


def _counter(context: Context) -> Callable[[str], object]:
    return lambda why: context.metrics.follow_again.labels(why).inc()


def _seal(path: Path | None) -> Seal | None:
    seal = Seal.read(path)
    if seal is None:
        _LOG.warning("no seal key is set: of a bad record nothing but its place is kept")
        return None
    return seal
