"""The catalogue digest covers everything that entries depend on."""

from dataclasses import replace
from pathlib import Path

import services.reporting.counting.fold
from schemas.declarations import Declared, shipped
from schemas.text import Text
from services.reporting.folding.digest import BEGIN, catalogue_digest, needed


def test_it_covers_indicators_fold_and_all_they_need_of_the_room() -> None:
    names = {path.name for path in needed(BEGIN)}

    assert {"fold.py", "history.py", "mi13_placed_and_retained.py", "jobs.py"} <= names
    assert not {"store.py", "api.py", "worker.py"} & names


def test_it_changes_with_the_series_that_an_installation_declares() -> None:
    own = shipped()
    more = replace(own, series={**own.series, "survey_x": Declared(Text("x", "x"), "percent")})

    assert catalogue_digest(own) == catalogue_digest(shipped())
    assert catalogue_digest(own) != catalogue_digest(more)


def test_it_reads_the_files_of_this_program() -> None:
    assert Path(services.reporting.counting.fold.__file__) in needed(BEGIN)
