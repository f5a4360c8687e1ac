"""The figures as tables for the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from bench.aims import AIMS
from bench.page import number

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
    if "curve" in results:
        yield _curve(results["curve"])


def _figures(results: Mapping[str, Any]) -> Table:
    sheet = Table(title="LMC Live, measured", caption=str(results["versions"]))
    sheet.add_column("figure")
    sheet.add_column("reached", justify="right")
    sheet.add_column("aim", justify="right")
    for each in AIMS:
        value = each.reached(results)
        if value is not None:
            sheet.add_row(each.title, number(value), each.aim)
    return sheet


def _peers(peers: Mapping[str, Mapping[str, Any]]) -> Table:
    sheet = Table(title="The same log, side by side")
    sheet.add_column("")
    for title in PEER_COLUMNS.values():
        sheet.add_column(title, justify="right")
    for name, figures in peers.items():
        sheet.add_row(name, *(number(figures.get(column)) for column in PEER_COLUMNS))
    return sheet


def _curve(points: Sequence[Mapping[str, Any]]) -> Table:
    sheet = Table(title="While the tables grow")
    columns = ("records", "rebuild, events/s", "CPU µs/event", "live, events/s", "CPU µs/event")
    for title in columns:
        sheet.add_column(title, justify="right")
    for point in points:
        costs = [point[name] for name in ("lmc_rebuild", "lmc_live")]
        figures = [each[key] for each in costs for key in ("events_per_s", "cpu_us_per_event")]
        sheet.add_row(number(point["records"]), *map(number, figures))
    return sheet
