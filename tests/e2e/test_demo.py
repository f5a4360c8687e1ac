"""Tests that the demo ends with 0 only if every number of both stories is right."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.lmc_command import ROOT, free_stack

pytestmark = pytest.mark.timeout(600)

DEMO_S = 500
AS_SHIPPED = ("-m", "lmc")
ONE_PLACED_FEWER = ("-m", "tests.e2e.demo_program")


def demo(program: tuple[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `lmc demo --exit` to its end, on free ports and an empty directory."""
    stack = free_stack(folder)
    where = ["--data", str(folder), "--port-offset", str(stack.ports.offset)]
    return subprocess.run(
        [sys.executable, *program, "demo", "--exit", *where],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=DEMO_S,
        check=False,
    )


@pytest.fixture
def folder(stack_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory for one demo; no process may use it at the end."""
    made = stack_folder / request.node.name[:40]
    yield made
    left = [each for each in psutil.process_iter(["cmdline"]) if works_on(each, made)]
    assert left == []


def works_on(process: psutil.Process, folder: Path) -> bool:
    """Return whether a process was started on the directory."""
    return any(str(folder) in part for part in process.info["cmdline"] or [])


def test_the_demo_ends_with_0_and_shows_the_numbers_of_both_stories(folder: Path) -> None:
    done = demo(AS_SHIPPED, folder)
    summary, board = done.stdout.splitlines()[-2:]
    printed = " ".join(done.stdout.replace("│", " ").split())

    assert done.returncode == 0, done.stderr
    assert summary == (
        "104 = 59 + 40 + 5; 18.9 placed per 100 who took part; every number is right"
    )
    assert board.startswith("board: http://127.0.0.1:")
    assert "/board/70998" in board
    assert "took part PI-02 persons 550 550" in printed
    assert "the source names no place; the demo uses Novi Sad" in printed
    assert "covered PI-01 persons 1340 1340" in printed


def test_a_demo_whose_story_lacks_a_placement_ends_with_1_and_names_the_numbers(
    folder: Path,
) -> None:
    done = demo(ONE_PLACED_FEWER, folder)
    wrong = [line for line in done.stderr.splitlines() if line.endswith("was published")]

    assert done.returncode == 1
    assert "lmc: PLACED, all three towns: 103, but 104 was published" in wrong
    assert done.stdout.splitlines()[-2].endswith(f"wrong numbers: {len(wrong)}")
