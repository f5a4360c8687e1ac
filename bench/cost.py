"""The cost of a piece of work: time, and CPU of its process, the database and the broker."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the clock and of CPU, between two instants or since the processes started."""

    at_s: float
    client_s: float
    postgres_s: float
    kafka_s: float

    def __sub__(self, begin: Self) -> "Cost":
        """Return the cost since an earlier instant."""
        return Cost(
            self.at_s - begin.at_s,
            self.client_s - begin.client_s,
            self.postgres_s - begin.postgres_s,
            self.kafka_s - begin.kafka_s,
        )

    def figures(self, events: int) -> dict[str, float]:
        """Return events per second, and CPU per event: in all, and of each of the three."""
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


CostReader = Callable[[], Cost]


def cost_reader(client: int | None, postgres: int | None, kafka: int | None) -> CostReader:
    """Return a function that reads the CPU used by these processes (pids) and their children."""

    def read_cost() -> Cost:
        return Cost(time.time(), cpu_s(client), cpu_s(postgres), cpu_s(kafka))

    return read_cost


def cpu_s(pid: int | None) -> float:
    """Return the CPU seconds of a process and its descendants, also ended ones; 0 for None."""
    if pid is None:
        return 0.0
    parent = psutil.Process(pid)
    total = sum(parent.cpu_times()[:4])
    for child in parent.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(child.cpu_times()[:4])
    return total
