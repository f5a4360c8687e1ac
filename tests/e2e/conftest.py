"""One stack for all these tests, started by `lmc up` as its users start it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmc import jars
from runtime.clock import belgrade_day, utc_now
from tests.e2e.crowd import crowd, rich_seeds, unstamped
from tests.e2e.town import Emitted, Town, own_cache
from tests.integration.lmc_command import Up, free_stack

ENTRIES_MIN = 8
"""Of every measure: enough for a duration to be shown, and for tables that are not all ones."""


@pytest.fixture(scope="session")
def town(stack_folder: Path) -> Iterator[Town]:
    """An empty stack that is ready."""
    folder = stack_folder / "e2e"
    folder.mkdir(mode=0o711)
    jars.class_path()
    env = own_cache(folder / "cache", jars.cache_folder() / "jars")
    made = Town(Up.start(free_stack(folder / "data"), env), folder, env)
    yield made
    made.up.end(signal.SIGTERM)
    assert not made.up.left()


@pytest.fixture(scope="session")
def told(town: Town) -> Emitted:
    """A file of random logs, said by `lmc emit --wait`."""
    log = crowd(rich_seeds(ENTRIES_MIN), belgrade_day(utc_now()))
    return town.emit(map(unstamped, log), "--wait")
