"""Every path, name, command and make target that a document mentions exists."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from lmc.cli.main import MODULES

ROOT = Path(__file__).parents[2]
README_LINES_MAX = 120
TOP_LEVEL = ("schemas", "runtime", "services", "lmc", "sdk", "deploy", "docs", "tests", "bench")
WRITTEN = ("bench/results/latest.json",)
"""Files that a command of the project writes and git ignores."""
DATE = re.compile(r"^Date: \d{4}-\d{2}-\d{2}(, revised \d{4}-\d{2}-\d{2})?$", re.MULTILINE)
STATUS = re.compile(r"^Status: (accepted|superseded by ADR \d+)$", re.MULTILINE)


def tracked() -> list[str]:
    """The project's own files, without what is installed or built."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()]


DOCUMENTS = [
    name for name in tracked() if name.endswith(".md") and not name.startswith("docs/generated/")
]
ADRS = [name for name in DOCUMENTS if name.startswith("docs/adr/")]
each_document = pytest.mark.parametrize("document", DOCUMENTS)


def text_of(document: str) -> str:
    """A document without what it rejects: an ADR may name there what does not exist."""
    return (ROOT / document).read_text().split("**Rejected.**")[0]


def quoted(document: str) -> list[str]:
    """What a document quotes as code within its sentences."""
    without_blocks = re.sub(r"```.*?```", "", text_of(document), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", without_blocks)


@cache
def vocabulary() -> frozenset[str]:
    """All words of the files that are no documents."""
    files = [name for name in tracked() if not name.endswith((".md", ".txt", ".lock.toml"))]
    texts = ((ROOT / name).read_text(errors="ignore") for name in files)
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def words_in(name: str) -> set[str]:
    """The words of a name; of an environment variable the field of the settings that it sets."""
    variable = re.fullmatch(r"LMC_[A-Z]+_([A-Z_]+)", name)
    return {variable[1].lower()} if variable else set(re.findall(r"\w+", name))


@each_document
def test_a_document_names_only_paths_that_exist(document: str) -> None:
    paths = [path for path in quoted(document) if path.split("/")[0] in TOP_LEVEL and "/" in path]
    plain = [path for path in paths if re.fullmatch(r"[\w./-]+", path) and path not in WRITTEN]

    assert [path for path in plain if not (ROOT / path).exists()] == []


@each_document
def test_a_document_names_python_files_by_their_whole_path(document: str) -> None:
    here = (ROOT / document).parent
    files = [name for name in quoted(document) if re.fullmatch(r"[\w/]+\.py", name)]

    assert [f for f in files if not (ROOT / f).exists() and not (here / f).exists()] == []


@each_document
def test_a_document_links_only_to_files_that_exist(document: str) -> None:
    links = re.findall(r"\]\((?!https?:)([\w./-]+)[^)]*\)", text_of(document))

    assert [to for to in links if not (ROOT / document).parent.joinpath(to).exists()] == []


@each_document
def test_a_document_names_only_what_the_code_contains(document: str) -> None:
    names = [name for name in quoted(document) if re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", name)]
    unknown = [name for name in names if not words_in(name) <= vocabulary() | {"md"}]

    assert unknown == []


@each_document
def test_a_document_names_only_make_targets_that_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:`|\n)make ([a-z-]+)", text_of(document))) <= targets


@each_document
def test_a_document_names_only_subcommands_that_exist(document: str) -> None:
    known = set(MODULES)

    assert set(re.findall(r"(?:`|bin/)lmc ([a-z]+)\b", text_of(document))) <= known


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES_MAX


@pytest.mark.parametrize("document", ADRS)
def test_an_adr_has_a_status_and_a_date(document: str) -> None:
    text = (ROOT / document).read_text()

    assert STATUS.search(text)
    assert DATE.search(text)
