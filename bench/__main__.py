"""`make bench`: measure the product's figures, and write them with versions and machine."""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.curve import curve
from bench.end_to_end import end_to_end
from bench.engines import Bench, engines
from bench.hot_subject import hot_subject
from bench.outbox_relay import relay_events_per_s
from bench.peers.comparison import compare_peers, figures_of
from bench.pure_fold import pure_fold_events_per_s
from bench.read_latency import read_latency
from bench.terminal_tables import terminal_tables
from bench.versions import versions

_RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class _RunSize:
    """How much is measured: USUAL fits a quarter of an hour, FULL takes an hour."""

    rounds: int
    peer_events: int
    curve: tuple[int, ...]


_USUAL = _RunSize(3, 120_000, (100_000, 300_000, 1_000_000))
_FULL = _RunSize(3, 600_000, (100_000, 300_000, 1_000_000, 3_000_000))
_READ_AT = 1_000_000

_Results = dict[str, Any]


def main() -> None:
    """Run the measurements one after the other, each on its own engines."""
    arguments = _arguments()
    size = _FULL if arguments.full else _USUAL
    results: _Results = {"size": asdict(size), "versions": versions()}
    started = time.monotonic()
    for name, section in _SECTIONS.items():
        if not arguments.only or name in arguments.only:
            results |= section(size)
            results["took_s"] = round(time.monotonic() - started)
            _write(results)
    for table in terminal_tables(results):
        Console().print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="longer logs: an hour or more")
    parser.add_argument("--only", action="append", choices=_SECTIONS, help="only these sections")
    return parser.parse_args()


def _write(results: _Results) -> None:
    """Write the results after every section, so that a later failure loses none."""
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def _pure(_: _RunSize) -> _Results:
    return {"pure_fold_events_per_s": pure_fold_events_per_s()}


def _peers(size: _RunSize) -> _Results:
    with engines() as bench:
        peers = compare_peers(bench, size.rounds, size.peer_events)
    return {
        "live_fold_events_per_s": peers["lmc_live"]["events_per_s"],
        "peer_log_events": size.peer_events,
        "peers": peers,
    }


def _curve(size: _RunSize) -> _Results:
    """Measure the curve; at a million records also the read latency and the fastest peer."""
    found: _Results = {}

    def visit(bench: Bench, topics: Mapping[str, int]) -> None:
        if sum(topics.values()) == _READ_AT:
            found["reading"] = read_latency(bench)
            found["kafka_streams_at_reading"] = figures_of(bench, "kafka_streams", topics)

    with engines() as bench:
        points = curve(bench, size.curve, visit)
    at_most = points[-1]["lmc_rebuild"]["events_per_s"]
    return {"rebuild_events_per_s": at_most, "curve": points, **found}


def _hot_subject(_: _RunSize) -> _Results:
    with engines() as bench:
        return {"hot_subject": hot_subject(bench)}


def _relay(_: _RunSize) -> _Results:
    with engines() as bench:
        return {"relay_events_per_s": relay_events_per_s(bench)}


def _end_to_end(_: _RunSize) -> _Results:
    with engines() as bench:
        return asdict(end_to_end(bench))


_SECTIONS: dict[str, Callable[[_RunSize], _Results]] = {
    "pure": _pure,
    "peers": _peers,
    "curve": _curve,
    "hot_subject": _hot_subject,
    "relay": _relay,
    "end_to_end": _end_to_end,
}


if __name__ == "__main__":
    main()
