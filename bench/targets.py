"""The figures that a run measures, and their targets."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class _FigureTarget(NamedTuple):
    """A figure: its title, its path in the results, and the target value if it has one."""

    title: str
    path: str
    value: str = ""

    def measured(self, results: Mapping[str, Any]) -> float | None:
        """Return the measured figure, or None if it was not measured."""
        value: Any = results
        for key in self.path.split(" "):
            value = value.get(key) if value else None
        return value  # type: ignore[no-any-return] # the results are JSON


_TOWN, _COUNTRY = "reading municipality to-2026-10", "reading country to-2026-10"

TARGETS = (
    _FigureTarget("a rebuild with all definitions, events/s", "rebuild_events_per_s", "≥ 40,000"),
    _FigureTarget("the live fold, one worker, events/s", "live_fold_events_per_s", "≥ 6,000"),
    _FigureTarget("the pure fold, no input or output, events/s", "pure_fold_events_per_s"),
    _FigureTarget("the outbox's relay, events/s", "relay_events_per_s"),
    _FigureTarget("visible after acceptance, p50, ms", "visible_ms p50"),
    _FigureTarget("visible after acceptance, p95, ms", "visible_ms p95", "≤ 150"),
    _FigureTarget("visible after acceptance, p99, ms", "visible_ms p99"),
    _FigureTarget("memory of the full stack, MB", "resident_mb", "≤ 1,500"),
    _FigureTarget("CPU when idle, percent of a core", "idle_cpu_percent", "≤ 20"),
    _FigureTarget("facts in the tables that are read", "reading facts"),
    _FigureTarget("a town's exact tables, all periods, p95, ms", f"{_TOWN} ms_p95", "≤ 10"),
    _FigureTarget("the slowest of these, ms", f"{_TOWN} ms_max", "≤ 10"),
    _FigureTarget("the country's exact tables, p95, ms", f"{_COUNTRY} ms_p95", "≤ 500"),
    _FigureTarget("the slowest of these, ms", f"{_COUNTRY} ms_max", "≤ 500"),
    _FigureTarget("a town as of an instant, PI-01, s", "reading as_of_s municipality PI-01", "≤ 2"),
    _FigureTarget("the country as of an instant, MI-13, s", "reading as_of_s country MI-13"),
    _FigureTarget(
        "CPU of a new fact of a subject with 2,000, ms", "hot_subject cpu_ms_per_new_fact", "≤ 50"
    ),
    _FigureTarget(
        "other subjects at the same time, p95, ms", "hot_subject others_alongside_ms p95"
    ),
    _FigureTarget("other subjects alone, p95, ms", "hot_subject others_alone_ms p95"),
)
