"""What the documents name is there: files, make targets, subcommands."""

import re
from pathlib import Path

import pytest

from lmc.cli import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")
README_LINES_MAX = 120


def named(document: str, pattern: str) -> list[str]:
    """What a document names in a certain form."""
    return re.findall(pattern, (ROOT / document).read_text())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_only_files_that_exist(document: str) -> None:
    paths = named(document, r"`((?:schemas|runtime|services|lmc|deploy|docs|tests)/[\w./-]+)`")
    links = named(document, r"\]\(([\w./-]+)\)")

    assert [path for path in [*paths, *links] if not (ROOT / path).exists()] == []


def test_the_architecture_names_only_files_of_the_room_it_walks_through() -> None:
    known = {file.name for file in ROOT.rglob("*.py") if ".venv" not in file.parts}

    assert set(named("ARCHITECTURE.md", r"`(\w+\.py)`")) <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_only_make_targets_that_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(named(document, r"(?:`|\n)make ([a-z-]+)")) <= targets


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_only_subcommands_that_exist(document: str) -> None:
    known = {command.name for command in COMMANDS}

    assert set(named(document, r"\blmc ([a-z]+)\b")) <= known


def test_the_readme_can_be_read_at_one_sitting() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES_MAX
