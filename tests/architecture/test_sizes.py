"""A file can be read at one sitting: 300 lines at the most; an argument list has five names."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_MAX = 300
ROOMS = ("schemas", "runtime", "services", "lmc", "bench", "sdk", "tests", "deploy")
FILES = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
REFERENCE = ROOT / "tests" / "reference"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_is_short(file: Path) -> None:
    if REFERENCE in file.parents:
        return  # the reference fold tells the whole specification in one breath
    assert len(file.read_text().splitlines()) <= LINES_MAX
