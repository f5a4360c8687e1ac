"""What a piece of work costs: time, and the CPU of its own process, the database and the broker."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds, by the clock and of CPU; between two moments or since the processes began."""

    at_s: float
    client_s: float
    postgres_s: float
    kafka_s: float

    def __sub__(self, begin: Self) -> "Used":
        """What was used since an earlier moment."""
        return Used(
            self.at_s - begin.at_s,
            self.client_s - begin.client_s,
            self.postgres_s - begin.postgres_s,
            self.kafka_s - begin.kafka_s,
        )

    def figures(self, events: int) -> dict[str, float]:
        """Events per second, and CPU per event: of all together, and of each of the three."""
        client, postgres, kafka = (
            round(1e6 * seconds / events, 1)
            for seconds in (self.client_s, self.postgres_s, self.kafka_s)
        )
        return {
            "events_per_s": round(events / self.at_s),
            "cpu_us_per_event": round(client + postgres + kafka, 1),
            "client_cpu_us_per_event": client,
            "postgres_cpu_us_per_event": postgres,
            "kafka_cpu_us_per_event": kafka,
            "seconds": round(self.at_s, 2),
        }


Look = Callable[[], Used]


def looking(client: int | None, postgres: int | None, kafka: int | None) -> Look:
    """A way to look, any time, at what these programs (by pid) and their children have used."""

    def look() -> Used:
        return Used(time.time(), cpu_s(client), cpu_s(postgres), cpu_s(kafka))

    return look


def cpu_s(pid: int | None) -> float:
    """CPU of a process and its descendants, those that have ended included; of none nothing."""
    if pid is None:
        return 0.0
    parent = psutil.Process(pid)
    total = sum(parent.cpu_times()[:4])
    for child in parent.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:4])
    return total
