"""The figures that a run reaches, and those it aims at."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Aim(NamedTuple):
    """What is measured, where it stands in the results, and what it should be."""

    title: str
    path: str
    aim: str = ""

    def reached(self, results: Mapping[str, Any]) -> float | None:
        """The figure, or None if that was not measured."""
        value: Any = results
        for key in self.path.split(" "):
            value = value.get(key) if value else None
        return value  # type: ignore[no-any-return] # the results are JSON


TOWN, COUNTRY = "reading municipality to-2026-10", "reading country to-2026-10"

AIMS = (
    Aim("a rebuild with all definitions, events/s", "rebuild_events_per_s", "≥ 40,000"),
    Aim("the live fold, one worker, events/s", "live_fold_events_per_s", "≥ 6,000"),
    Aim("the pure fold, no input or output, events/s", "pure_fold_events_per_s"),
    Aim("the outbox's relay, events/s", "relay_events_per_s"),
    Aim("visible after the door, p50, ms", "visible_ms p50"),
    Aim("visible after the door, p95, ms", "visible_ms p95", "≤ 150"),
    Aim("visible after the door, p99, ms", "visible_ms p99"),
    Aim("memory of the whole stack, MB", "resident_mb", "≤ 1,500"),
    Aim("CPU at rest, percent of a core", "idle_cpu_percent", "≤ 20"),
    Aim("facts in the tables that are read", "reading facts"),
    Aim("a town's exact tables, everything so far, p95, ms", f"{TOWN} ms_p95", "≤ 10"),
    Aim("the slowest of these, ms", f"{TOWN} ms_max", "≤ 10"),
    Aim("the country's exact tables, p95, ms", f"{COUNTRY} ms_p95", "≤ 500"),
    Aim("the slowest of these, ms", f"{COUNTRY} ms_max", "≤ 500"),
    Aim("a town as known at an instant, PI-01, s", "reading known_at_s municipality PI-01", "≤ 2"),
    Aim("the country as known at an instant, MI-13, s", "reading known_at_s country MI-13"),
    Aim("CPU of a fact more of somebody with 2,000, ms", "stall cpu_ms_per_new_fact", "≤ 50"),
    Aim("others while that person gets facts, p95, ms", "stall others_beside_ms p95"),
    Aim("others without that person, p95, ms", "stall others_alone_ms p95"),
)
