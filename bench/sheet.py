"""The figures as tables for the terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

AIMS = {
    "live_fold_events_per_s": "≥ 6,000",
    "pure_fold_events_per_s": "",
    "relay_events_per_s": "",
    "visible_ms p50": "",
    "visible_ms p95": "≤ 150",
    "visible_ms p99": "",
    "resident_mb": "≤ 1,500",
    "idle_cpu_percent": "≤ 20",
}
PEER_COLUMNS = {
    "events_per_s": "events/s",
    "cpu_us_per_event": "CPU µs/event",
    "client_cpu_us_per_event": "of it own",
    "postgres_cpu_us_per_event": "PostgreSQL",
    "kafka_cpu_us_per_event": "Kafka",
    "rows_wrong": "rows wrong",
}


def sheets(results: Mapping[str, Any]) -> Iterator[Table]:
    """What was measured; of what was not there is no row."""
    yield _figures(results)
    if "peers" in results:
        yield _peers(results["peers"])


def _figures(results: Mapping[str, Any]) -> Table:
    sheet = Table(title="LMC Live, measured", caption=str(results["versions"]))
    sheet.add_column("figure")
    sheet.add_column("reached", justify="right")
    sheet.add_column("aim", justify="right")
    for name, aim in AIMS.items():
        value: Any = results
        for key in name.split(" "):
            value = value.get(key) if value else None
        if value is not None:
            sheet.add_row(name, f"{value:,.0f}", aim)
    return sheet


def _peers(peers: Mapping[str, Mapping[str, Any]]) -> Table:
    sheet = Table(title="The same log, side by side")
    sheet.add_column("")
    for title in PEER_COLUMNS.values():
        sheet.add_column(title, justify="right")
    for name, figures in peers.items():
        shown = (figures.get(column) for column in PEER_COLUMNS)
        sheet.add_row(name, *("–" if value is None else f"{value:,.0f}" for value in shown))
    return sheet
