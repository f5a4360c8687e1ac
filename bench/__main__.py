"""`make bench`: measures what the product promises; writes it down with versions and machine."""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.curve import curve
from bench.engines import Bench, engines
from bench.peers.side_by_side import figures_of, side_by_side
from bench.pure import pure_fold_events_per_s
from bench.reading import reading
from bench.relay import relay_events_per_s
from bench.sheet import sheets
from bench.stall import stall
from bench.versions import versions
from bench.whole import whole

RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: as much as fits a quarter of an hour, or what takes an hour."""

    rounds: int
    peer_events: int
    curve: tuple[int, ...]


USUAL = Size(3, 120_000, (100_000, 300_000, 1_000_000))
FULL = Size(3, 600_000, (100_000, 300_000, 1_000_000, 3_000_000))
READ_AT = 1_000_000

Results = dict[str, Any]


def main() -> None:
    """Run all measurements, one after the other, each on engines of its own."""
    arguments = _arguments()
    size = FULL if arguments.full else USUAL
    results: Results = {"size": asdict(size), "versions": versions()}
    begun = time.monotonic()
    for name, section in SECTIONS.items():
        if not arguments.only or name in arguments.only:
            results |= section(size)
            results["took_s"] = round(time.monotonic() - begun)
            _write(results)
    for sheet in sheets(results):
        Console().print(sheet)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="longer logs: an hour and more")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="only these sections")
    return parser.parse_args()


def _write(results: Results) -> None:
    """After every section: what was measured is kept, whatever becomes of the next."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


def _pure(_: Size) -> Results:
    return {"pure_fold_events_per_s": pure_fold_events_per_s()}


def _peers(size: Size) -> Results:
    with engines() as bench:
        peers = side_by_side(bench, size.rounds, size.peer_events)
    return {
        "live_fold_events_per_s": peers["lmc_live"]["events_per_s"],
        "peer_log_events": size.peer_events,
        "peers": peers,
    }


def _growing(size: Size) -> Results:
    """The curve; at a million records also how long readers wait, and the fastest peer."""
    found: Results = {}

    def visit(bench: Bench, topics: Mapping[str, int]) -> None:
        if sum(topics.values()) == READ_AT:
            found["reading"] = reading(bench)
            found["kafka_streams_at_reading"] = figures_of(bench, "kafka_streams", topics)

    with engines() as bench:
        points = curve(bench, size.curve, visit)
    at_most = points[-1]["lmc_rebuild"]["events_per_s"]
    return {"rebuild_events_per_s": at_most, "curve": points, **found}


def _stall(_: Size) -> Results:
    with engines() as bench:
        return {"stall": stall(bench)}


def _relay(_: Size) -> Results:
    with engines() as bench:
        return {"relay_events_per_s": relay_events_per_s(bench)}


def _whole(_: Size) -> Results:
    with engines() as bench:
        return asdict(whole(bench))


SECTIONS: dict[str, Callable[[Size], Results]] = {
    "pure": _pure,
    "peers": _peers,
    "growing": _growing,
    "stall": _stall,
    "relay": _relay,
    "whole": _whole,
}


if __name__ == "__main__":
    main()
