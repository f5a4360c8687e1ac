"""One stack for all these tests, started by `lmc up`."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmc.devstack import jars
from runtime.process.clock import belgrade_day, utc_now
from tests.e2e.live_stack import Emitted, LiveStack, own_cache
from tests.e2e.mixed_logs import mixed_logs, rich_seeds, without_recordedtime
from tests.integration.lmc_command import RunningUp, free_stack

ENTRIES_MIN = 8
"""Entries of every measure: enough to show a duration, and for values above one."""


@pytest.fixture(scope="package")
def live(stack_folder: Path) -> Iterator[LiveStack]:
    """An empty stack that is ready."""
    folder = stack_folder / "e2e"
    folder.mkdir(mode=0o711)
    jars.class_path()
    env = own_cache(folder / "cache", jars.cache_folder() / "jars")
    made = LiveStack(RunningUp.start(free_stack(folder / "data"), env), folder, env)
    yield made
    made.up.end(signal.SIGTERM)
    assert not made.up.still_running()


@pytest.fixture(scope="package")
def emitted_logs(live: LiveStack) -> Emitted:
    """A file of random logs, sent by `lmc emit --wait`."""
    log = mixed_logs(rich_seeds(ENTRIES_MIN), belgrade_day(utc_now()))
    return live.emit(map(without_recordedtime, log), "--wait")
