"""A file has 300 lines at the most."""

from pathlib import Path

import pytest

from tests.architecture.identifiers import ROOT, python_files

LINES_MAX = 300
REFERENCE = ROOT / "tests" / "reference"
"""The reference fold follows the specification section by section and may be longer."""
FILES = [path for path in python_files() if REFERENCE not in path.parents]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES_MAX
