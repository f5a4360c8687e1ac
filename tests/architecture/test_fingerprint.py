"""Changes of the program that change no meaning do not change the fingerprint."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.code_lists import DATA
from schemas.events.matching import PlacementMade
from schemas.territory import council_of
from services.reporting.domain.attributes import AttributeTimeline
from services.reporting.domain.consent import has_consented
from services.reporting.indicators import mi13_placed_and_retained
from services.reporting.projection.fingerprint import definitions_fingerprint

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "runtime", "services")
PRINT = f"from {definitions_fingerprint.__module__} import {definitions_fingerprint.__name__} as f"
MOVED = mi13_placed_and_retained.__name__.rpartition(".")[2]
RENAMED = (
    *(each.__name__ for each in (council_of, PlacementMade, has_consented, AttributeTimeline)),
    "MI_13",
)
"""A function, an event's class, a rule, a class of the domain, a definition."""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return the folder of a copy of the program."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    return tmp_path


def fingerprint(program: Path) -> str:
    """Return what a copy computes in a process with another hash seed."""
    environment = os.environ | {"PYTHONPATH": str(program), "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-B", "-P", "-c", f"{PRINT}; print(f().hex())"]
    printed = subprocess.run(command, env=environment, cwd=program, capture_output=True, check=True)
    return printed.stdout.decode().strip()


def rewrite(program: Path, pattern: str, replacement: str) -> int:
    """Replace text in all sources of a copy; return how often."""
    count = 0
    for path in program.rglob("*.py"):
        text, found = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
        count += found
    return count


def without_comments(text: str) -> str:
    """Return the source without comments, with other line breaks and other docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                first.value = ast.Constant("Another docstring.")
    return ast.unparse(tree)


def test_a_copy_has_the_fingerprint_of_this_program(program: Path) -> None:
    assert fingerprint(program) == definitions_fingerprint().hex()


def test_docstrings_comments_and_formatting_do_not_change_it(program: Path) -> None:
    for path in program.rglob("*.py"):
        path.write_text(without_comments(path.read_text(encoding="utf-8")), encoding="utf-8")

    assert fingerprint(program) == definitions_fingerprint().hex()


def test_names_in_the_code_do_not_change_it(program: Path) -> None:
    for name in RENAMED:
        assert rewrite(program, rf"\b{name}\b", f"{name}Renamed") > 1

    assert fingerprint(program) == definitions_fingerprint().hex()


def test_a_moved_file_does_not_change_it(program: Path) -> None:
    source = next(program.rglob(f"{MOVED}.py"))
    source.rename(source.with_name("moved.py"))

    assert rewrite(program, rf"\b{MOVED}\b", "moved") >= 1
    assert fingerprint(program) == definitions_fingerprint().hex()


def test_a_raised_version_changes_it(program: Path) -> None:
    source = next(program.rglob(f"{MOVED}.py"))
    version, raised = r"(?m)^    version=\d+,$", "    version=99,"
    source.write_text(re.sub(version, raised, source.read_text(encoding="utf-8")), encoding="utf-8")

    assert fingerprint(program) != definitions_fingerprint().hex()


def test_a_row_of_a_list_changes_it(program: Path) -> None:
    copy = program / DATA.relative_to(ROOT) / "municipalities.csv"
    lines = copy.read_text(encoding="utf-8").splitlines(keepends=True)
    copy.write_text("".join(lines[:-1]), encoding="utf-8")

    assert fingerprint(program) != definitions_fingerprint().hex()


def test_the_formatting_of_a_list_does_not_change_it(program: Path) -> None:
    copy = program / DATA.relative_to(ROOT) / "countries.csv"
    heading, *lines = copy.read_text(encoding="utf-8").splitlines()
    reformatted = "".join(f"{line}\r\n" for line in [heading, *reversed(lines)])
    copy.write_text(f"\ufeff{reformatted}", encoding="utf-8", newline="")

    assert fingerprint(program) == definitions_fingerprint().hex()
