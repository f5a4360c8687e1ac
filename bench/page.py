"""Render docs/speed.md from the last run's figures: `python -m bench.page`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.targets import TARGETS

_ROOT = Path(__file__).parents[1]
_RESULTS = _ROOT / "bench" / "results" / "latest.json"
_PAGE = _ROOT / "docs" / "speed.md"
_PROSE = Path(__file__).with_suffix(".md")


def _page(results: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    parts = [
        "# Speed",
        "This page is rendered from the last full run of `make bench`.",
        _machine(results),
        _figures(results),
        _peers(results),
        _curve(results),
        _PROSE.read_text().strip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine(results: Mapping[str, Any]) -> str:
    entries = dict(results["versions"])
    durability = ", ".join(f"{name} {value}" for name, value in entries.pop("durability").items())
    machine = entries.pop("machine")
    versions = ", ".join(f"{name} {value}" for name, value in entries.items())
    return (
        f"Machine: {machine}, shared by broker, database and clients.\n{durability}.\n{versions}."
    )


def _figures(results: Mapping[str, Any]) -> str:
    rows = [
        (each.title, number(value), each.value)
        for each in TARGETS
        if (value := each.measured(results)) is not None
    ]
    if not rows:
        return "There are no figures of a quiet machine yet."
    return "## Figures\n\n" + _table(("", "measured", "target"), rows)


def _peers(results: Mapping[str, Any]) -> str:
    if "peers" not in results:
        return ""
    rows = [
        (f"`{name}`", *(number(each.get(key)) for key in _PEER_KEYS), each.get("failed", ""))
        for name, each in results["peers"].items()
    ]
    sentences = [
        f"- `{name}` computes {each['computes']}.\n  {each['does_not_guarantee']}"
        for name, each in results["peers"].items()
    ]
    warm = results.get("kafka_streams_at_reading")
    long = ""
    if warm:
        long = (
            f"\n\nOn a log of {warm['records']:,} records, with its code compiled,"
            f" Kafka Streams processes {warm['events_per_s']:,} events/s at"
            f" {warm['cpu_us_per_event']:,} µs of CPU."
        )
    head = ("", "events/s", "CPU µs/event", "own", "PostgreSQL", "Kafka", "rows wrong", "")
    return (
        f"## Comparison\n\nThe same log of {results['peer_log_events']:,} events.\n\n"
        + _table(head, rows)
        + long
        + "\n\nWhat each computes, and what it does not guarantee:\n\n"
        + "\n".join(sentences)
    )


_PEER_KEYS = (
    "events_per_s",
    "cpu_us_per_event",
    "client_cpu_us_per_event",
    "postgres_cpu_us_per_event",
    "kafka_cpu_us_per_event",
    "rows_wrong",
)


def _curve(results: Mapping[str, Any]) -> str:
    if "curve" not in results:
        return ""
    rows = [
        (
            f"{point['records']:,}",
            *(number(point[name][key]) for name in ("lmc_rebuild", "lmc_live") for key in _COST),
            number(point["lmc_live"].get("publishing_cpu_us_per_event")),
        )
        for point in results["curve"]
    ]
    steps_s = results["curve"][-1]["lmc_rebuild"]["steps_s"]
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps_s.items())
    columns = ("rebuild, events/s", "CPU µs/event", "live, events/s", "CPU µs/event")
    head = ("records", *columns, "of which publishing")
    return (
        "## By log size\n\nThe rebuild folds all records; a live fold that already runs"
        " gets the next 30,000 at once.\n\n"
        + _table(head, rows)
        + f"\n\nSteps of the last rebuild: {steps}."
    )


_COST = ("events_per_s", "cpu_us_per_event")


def number(value: float | None) -> str:
    """Return a figure as people read it."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= _LARGE or value == int(value) else f"{value:,.2f}"


_LARGE = 20
"""Figures from here on are shown without decimals."""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' + '---:|' * (len(head) - 1)}"
        for row in rows:
            yield f"| {' | '.join(row)} |"

    return "\n".join(lines())


if __name__ == "__main__":
    _PAGE.write_text(_page(json.loads(_RESULTS.read_text())))
