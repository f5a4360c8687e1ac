"""A running stack as its people meet it: say a file, ask for a table, stop and start it."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx

from lmc.stack import SERVICE_PORTS
from tests.integration.lmc_command import Up, run_lmc
from tests.reference.plain import Event
from tests.reference.tables import Cell

ANSWER_S = 120
TAKEN = ("accepted", "duplicate")

Rows = dict[tuple[str, str], Cell]
"""What stands in a table: by measure ("MI-13.placed") and bucket."""


class Asked(NamedTuple):
    """One request for values: all measures of an indicator that have the split."""

    indicator: str
    place: str
    period: str
    split: str = "total"


@dataclass(frozen=True)
class Emitted:
    """What `lmc emit` was given, and how it ended."""

    lines: list[str]
    code: int
    receipts: list[dict[str, str | None]]
    errors: str

    @property
    def statuses(self) -> list[str | None]:
        """The statuses of the receipts, in order."""
        return [receipt["status"] for receipt in self.receipts]

    @property
    def codes(self) -> list[str | None]:
        """The codes of the receipts, in order; None where nothing was wrong."""
        return [receipt.get("code") for receipt in self.receipts]


@dataclass
class Town:
    """One stack with its data, over as many starts as one likes."""

    up: Up
    folder: Path
    env: Mapping[str, str]
    accepted: list[Event] = field(default_factory=list)
    """Everything that its door has ever taken, told again or not."""
    started: dict[str, int] = field(init=False)
    """The main process of every part, as the last `lmc up` started it."""

    def __post_init__(self) -> None:
        self.started = self.pids()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.up.stack.folder.root

    def emit(self, lines: Iterable[str | Event], *options: str) -> Emitted:
        """Say the lines as a file; what is taken is noted."""
        written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file = self.folder / "events.jsonl"
        file.write_text("".join(f"{line}\n" for line in written), encoding="utf-8")
        done = self.run("emit", str(file), *options)
        receipts = [json.loads(line) for line in done.stdout.splitlines()]
        taken = zip((line for line in written if line.strip()), receipts, strict=True)
        self.accepted += [json.loads(line) for line, each in taken if each["status"] in TAKEN]
        return Emitted(written, done.returncode, receipts, done.stderr)

    def value(self, asked: Asked, *options: str) -> tuple[int, str]:
        """What `lmc value` prints of the layer exact, and its exit code."""
        where = ["--place", asked.place, "--period", asked.period, "--split", asked.split]
        question = [asked.indicator, *where, "--layer", "exact", *options]
        done = self.run("value", *question)
        return done.returncode, done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on this stack."""
        return run_lmc(*arguments, "--data", str(self.data), env=self.env)

    def steward(self) -> httpx.Client:
        """A client of reporting with the steward's token."""
        token = self.up.stack.steward_token_file.read_text().strip()
        return httpx.Client(
            base_url=self.up.stack.url("reporting"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_S,
            trust_env=False,
        )

    def start_again(self) -> int:
        """Stop everything as Ctrl-C does and start it again; the exit code of the stop."""
        code = self.up.end(signal.SIGINT)
        self.up = Up.start(self.up.stack, self.env)
        self.started = self.pids()
        return code

    def pids(self) -> dict[str, int]:
        """The main process of every part now."""
        names = (*SERVICE_PORTS, "kafka", "postgres")
        return {name: self.up.process_of(name).pid for name in names}


def answer(reporting: httpx.Client, asked: Asked) -> Rows:
    """The table of the layer exact, over HTTP."""
    params = asked._asdict() | {"layer": "exact"}
    told = reporting.get(f"/indicators/{params.pop('indicator')}/values", params=params)
    assert told.status_code == httpx.codes.OK, f"{asked}: {told.text}"
    return {
        (f"{asked.indicator}.{row['measure']}", row["bucket"]): Cell(row["value"], row["state"])
        for row in told.json()["values"]
    }


def own_cache(folder: Path, jars: Path) -> Mapping[str, str]:
    """An environment whose register of stacks knows only ours; Kafka is not fetched again."""
    private = folder / "lmc-live"
    private.mkdir(parents=True)
    (private / "jars").symlink_to(jars)
    return {**os.environ, "XDG_CACHE_HOME": str(folder)}
