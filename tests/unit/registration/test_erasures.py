"""The file of erasures: each stands there once, and a torn line does no harm."""

import stat
from pathlib import Path

import pytest

from services.registration.erasures import append, read
from tests.integration.services.stories import OTHER_PERSON, erasure, said


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "erasures.jsonl"


def test_without_the_file_nobody_is_erased(file: Path) -> None:
    assert read(file) == ()


def test_an_erasure_stands_in_the_file_once_and_is_read_as_it_was_said(file: Path) -> None:
    one, other = said(erasure("2023-04-01")), said(erasure("2023-04-02"), OTHER_PERSON)
    for each in (one, other, one):
        append(file, each)

    assert read(file) == [one, other]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_torn_by_a_crash_is_passed_and_what_follows_is_whole(file: Path) -> None:
    one, other = said(erasure("2023-04-01")), said(erasure("2023-04-02"), OTHER_PERSON)
    append(file, one)
    file.write_bytes(file.read_bytes()[:-20])
    append(file, other)

    assert read(file) == [other]
