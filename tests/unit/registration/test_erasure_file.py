"""The file of erasures: each is in it once, and a torn line is skipped."""

import stat
from pathlib import Path

import pytest

from services.registration.erasure_file import append, read
from tests.integration.services.builders import OTHER_PERSON, erasure, published


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "erasures.jsonl"


def test_without_the_file_nobody_is_erased(file: Path) -> None:
    assert read(file) == ()


def test_an_erasure_is_in_the_file_once_and_is_read_unchanged(file: Path) -> None:
    one, other = published(erasure("2023-04-01")), published(erasure("2023-04-02"), OTHER_PERSON)
    for each in (one, other, one):
        append(file, each)

    assert read(file) == [one, other]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_torn_by_a_crash_is_skipped_and_later_lines_are_complete(file: Path) -> None:
    one, other = published(erasure("2023-04-01")), published(erasure("2023-04-02"), OTHER_PERSON)
    append(file, one)
    file.write_bytes(file.read_bytes()[:-20])
    append(file, other)

    assert read(file) == [other]
