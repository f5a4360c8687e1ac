"""What a service's rooms are given to work with: the one argument that carries the plumbing."""

import asyncio
from dataclasses import dataclass, field

from runtime.clock import Clock
from runtime.health import Health
from runtime.ids import Ids
from runtime.metrics import Metrics
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from schemas.declarations import Declarations


@dataclass(frozen=True)
class Context:
    """The plumbing of one running service."""

    settings: ServiceSettings
    pool: Pool
    clock: Clock
    ids: Ids
    metrics: Metrics
    declared: Declarations
    health: Health = field(default_factory=Health)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is about to stop: an answer that has no end of its own ends then."""
