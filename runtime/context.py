"""What one running service consists of, passed as one argument to its components."""

import asyncio
from dataclasses import dataclass, field

from runtime.process.clock import Clock
from runtime.process.health import Health
from runtime.process.ids import Ids
from runtime.process.metrics import Metrics
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from schemas.declared_codes import DeclaredCodes


@dataclass(frozen=True)
class Context:
    """The settings, connections and instruments of one running service."""

    settings: ServiceSettings
    pool: Pool
    clock: Clock
    ids: Ids
    metrics: Metrics
    declared: DeclaredCodes
    health: Health = field(default_factory=Health)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is about to stop: an endless response ends then."""
