"""The catalogue digest covers everything that entries depend on."""

from pathlib import Path

import services.reporting.counting.fold
from services.reporting.folding.digest import BEGIN, catalogue_digest, file_digests, needed


def test_it_covers_indicators_fold_and_all_they_need_of_the_room() -> None:
    names = {path.name for path in needed(BEGIN)}

    assert {"fold.py", "history.py", "mi13_placed_and_retained.py", "jobs.py"} <= names
    assert not {"store.py", "api.py", "worker.py"} & names


def test_it_covers_no_golden_case() -> None:
    assert not [file for file in file_digests() if file.endswith(".toml")]


def test_it_covers_the_language_and_its_lists() -> None:
    files = file_digests()

    assert {"schemas/matching.py", "schemas/data/municipalities.csv"} <= files.keys()
    assert catalogue_digest() == catalogue_digest()


def test_who_reports_is_no_definition() -> None:
    assert not [file for file in file_digests() if "reporters" in file]


def test_it_reads_the_files_of_this_program() -> None:
    assert Path(services.reporting.counting.fold.__file__) in needed(BEGIN)
