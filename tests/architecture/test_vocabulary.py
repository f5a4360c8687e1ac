"""One name for one thing: no retired word in an identifier, no class name in two modules."""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.architecture.identifiers import (
    PRODUCT,
    ROOT,
    names_in,
    python_files,
    top_level_classes,
    words_of,
)

RETIRED_FILE = Path(__file__).parent / "retired_words.txt"
NOT_OURS = {
    "press",  # Playwright
    "tell",  # the position in a file object of the standard library
}


def retired() -> dict[tuple[str, ...], str]:
    """The retired words, and what is said in their place."""
    lines = RETIRED_FILE.read_text().splitlines()
    pairs = [line.split(" -> ", 1) for line in lines if line and not line.startswith("#")]
    return {tuple(word.split("_")): term for word, term in pairs}


RETIRED = retired()


def retired_in(identifier: str) -> list[str]:
    """The retired words that an identifier contains, each with the term for it."""
    if identifier in NOT_OURS:
        return []
    words = words_of(identifier)
    return [
        f"{'_'.join(part)} (use: {term})"
        for part, term in RETIRED.items()
        if any(words[at : at + len(part)] == part for at in range(len(words)))
    ]


def findings(path: Path) -> list[str]:
    """The identifiers of a file, and its own name, that contain a retired word."""
    names = names_in(path) | set(path.relative_to(ROOT).with_suffix("").parts)
    return [f"{name}: {', '.join(found)}" for name in sorted(names) if (found := retired_in(name))]


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_uses_no_retired_word_in_an_identifier(path: Path) -> None:
    assert findings(path) == []


@pytest.mark.parametrize("identifier", ["say_last", "SayLast", "HEARS", "is_known_at", "_Book"])
def test_a_retired_word_is_found_in_every_way_of_writing(identifier: str) -> None:
    assert retired_in(identifier)


@pytest.mark.parametrize("identifier", ["essay", "known", "at", "booking", "as_of"])
def test_a_word_is_not_found_inside_another_one(identifier: str) -> None:
    assert not retired_in(identifier)


def test_a_class_name_is_defined_in_one_module_only() -> None:
    modules: dict[str, list[str]] = defaultdict(list)
    for path in python_files(PRODUCT):
        for name in top_level_classes(path):
            modules[name].append(str(path.relative_to(ROOT)))

    assert {name: found for name, found in modules.items() if len(found) > 1} == {}
