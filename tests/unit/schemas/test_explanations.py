"""Every error code has a page, and every remedy names a list that there is."""

import re
from pathlib import Path
from typing import get_args

import pytest

from schemas.validation.explanations import EXPLANATIONS
from schemas.validation.problems import TITLES
from services.intake.lists import ListName

ROOT = Path(__file__).parents[3]
CYRILLIC = re.compile(r"[а-шђјљњћџ]", re.IGNORECASE)


def test_every_code_is_explained_and_no_other() -> None:
    assert set(EXPLANATIONS) == set(TITLES)


@pytest.mark.parametrize("code", TITLES)
def test_an_explanation_is_a_sentence_in_both_languages_with_an_example(code: str) -> None:
    explained = EXPLANATIONS[code]

    for text in (explained.meaning, explained.remedy):
        assert CYRILLIC.search(text.sr)
        assert not CYRILLIC.search(text.en)
        assert text.sr.endswith((".", "…"))
        assert text.en.endswith((".", "…"))
    assert explained.example


def test_every_list_that_a_remedy_names_exists() -> None:
    files = [*(ROOT / "schemas").rglob("*.py"), ROOT / "schemas" / "data" / "errors.csv"]
    named = {name for file in files for name in re.findall(r"/lists/(\w+)", file.read_text())}

    assert named
    assert named <= set(get_args(ListName))
