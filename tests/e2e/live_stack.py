"""A running stack as a user sees it: send a file, read a table, stop and start."""

import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx

from lmc.devstack.stack import SERVICE_PORTS
from tests.integration.lmc_command import RunningUp, run_lmc
from tests.reference.shapes import Event
from tests.reference.tables import Cell

TIMEOUT_S = 120
ACCEPTED = ("accepted", "duplicate")

Rows = dict[tuple[str, str], Cell]
"""The cells of a table by measure ("MI-13.placed") and bucket."""


class ValuesRequest(NamedTuple):
    """A request for the values of all measures of an indicator that have the split."""

    indicator: str
    place: str
    period: str
    split: str = "total"


@dataclass(frozen=True)
class Emitted:
    """The lines that `lmc emit` was given, and how it ended."""

    lines: list[str]
    code: int
    results: list[dict[str, str | None]]
    errors: str

    @property
    def statuses(self) -> list[str | None]:
        """The statuses of the results, in order."""
        return [result["status"] for result in self.results]

    @property
    def codes(self) -> list[str | None]:
        """The codes of the results, in order; None if nothing was wrong."""
        return [result.get("code") for result in self.results]


@dataclass
class LiveStack:
    """A stack with its data, over any number of starts."""

    up: RunningUp
    folder: Path
    env: Mapping[str, str]
    accepted: list[Event] = field(default_factory=list)
    """Every event that intake has ever accepted, repeats included."""
    started: dict[str, int] = field(init=False)
    """The pid of every main process, as the last `lmc up` started it."""

    def __post_init__(self) -> None:
        self.started = self.pids()

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.up.stack.data_dir.root

    def emit(self, lines: Iterable[str | Event], *options: str) -> Emitted:
        """Send the lines as a file; note the accepted events."""
        written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file = self.folder / "events.jsonl"
        file.write_text("".join(f"{line}\n" for line in written), encoding="utf-8")
        done = self.run("emit", str(file), *options)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        paired = zip((line for line in written if line.strip()), results, strict=True)
        self.accepted += [json.loads(line) for line, each in paired if each["status"] in ACCEPTED]
        return Emitted(written, done.returncode, results, done.stderr)

    def value(self, wanted: ValuesRequest, *options: str) -> tuple[int, str]:
        """Return the exit code of `lmc value` for the exact layer, and its output."""
        place = ["--place", wanted.place, "--period", wanted.period, "--split", wanted.split]
        arguments = [wanted.indicator, *place, "--layer", "exact", *options]
        done = self.run("value", *arguments)
        return done.returncode, done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on this stack."""
        return run_lmc(*arguments, "--data", str(self.data), env=self.env)

    def steward(self) -> httpx.Client:
        """Return a client of reporting with the steward's token."""
        token = self.up.stack.steward_token_file.read_text().strip()
        return httpx.Client(
            base_url=self.up.stack.url("reporting"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def restart(self) -> int:
        """Stop everything as Ctrl-C does and start it again; return the exit code of the stop."""
        code = self.up.end(signal.SIGINT)
        self.up = RunningUp.start(self.up.stack, self.env)
        self.started = self.pids()
        return code

    def pids(self) -> dict[str, int]:
        """Return the pid of every main process now."""
        names = (*SERVICE_PORTS, "kafka", "postgres")
        return {name: self.up.process_of(name).pid for name in names}


def read_table(reporting: httpx.Client, wanted: ValuesRequest) -> Rows:
    """Return a table of the exact layer, read over HTTP."""
    params = wanted._asdict() | {"layer": "exact"}
    response = reporting.get(f"/indicators/{params.pop('indicator')}/values", params=params)
    assert response.status_code == httpx.codes.OK, f"{wanted}: {response.text}"
    return {
        (f"{wanted.indicator}.{row['measure']}", row["bucket"]): Cell(row["value"], row["state"])
        for row in response.json()["values"]
    }


def own_cache(folder: Path, jars: Path) -> Mapping[str, str]:
    """Return an environment whose registry lists only this stack; it shares the jar cache."""
    private = folder / "lmc-live"
    private.mkdir(parents=True)
    (private / "jars").symlink_to(jars)
    return {**os.environ, "XDG_CACHE_HOME": str(folder)}
