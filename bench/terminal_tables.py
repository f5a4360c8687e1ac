"""Format the figures as tables for the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from bench.page import number
from bench.targets import TARGETS

_PEER_COLUMNS = {
    "events_per_s": "events/s",
    "cpu_us_per_event": "CPU µs/event",
    "client_cpu_us_per_event": "of which own",
    "postgres_cpu_us_per_event": "PostgreSQL",
    "kafka_cpu_us_per_event": "Kafka",
    "rows_wrong": "rows wrong",
}


def terminal_tables(results: Mapping[str, Any]) -> Iterator[Table]:
    """Yield a table of each section that was measured."""
    yield _figures(results)
    if "peers" in results:
        yield _peers(results["peers"])
    if "curve" in results:
        yield _curve(results["curve"])


def _figures(results: Mapping[str, Any]) -> Table:
    table = Table(title="LMC Live, measured", caption=str(results["versions"]))
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    for each in TARGETS:
        value = each.measured(results)
        if value is not None:
            table.add_row(each.title, number(value), each.value)
    return table


def _peers(peers: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="The same log, compared")
    table.add_column("")
    for title in _PEER_COLUMNS.values():
        table.add_column(title, justify="right")
    for name, figures in peers.items():
        table.add_row(name, *(number(figures.get(column)) for column in _PEER_COLUMNS))
    return table


def _curve(points: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="By log size")
    columns = ("records", "rebuild, events/s", "CPU µs/event", "live, events/s", "CPU µs/event")
    for title in columns:
        table.add_column(title, justify="right")
    for point in points:
        costs = [point[name] for name in ("lmc_rebuild", "lmc_live")]
        figures = [each[key] for each in costs for key in ("events_per_s", "cpu_us_per_event")]
        table.add_row(number(point["records"]), *map(number, figures))
    return table
