"""Find the codes of places by their names as people write them."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .serbian_text import plain_form

_SIMILARITY_MIN: Final = 0.6
_KIND_WORDS: Final = frozenset({"grad", "opstina", "gradska", "op", "city", "of"})
"""Words before a name that say what it is; "Stari grad" has one of them behind it."""
_WORD: Final = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class _NamedPlace:
    """One name of a place. Of several places with one name the council comes first."""

    code: str
    words: tuple[str, ...]
    is_council: bool

    @property
    def text(self) -> str:
        """The plain name."""
        return " ".join(self.words)


class PlaceNames:
    """The listed names and aliases, searched from exact over partial to similar ones."""

    def __init__(
        self,
        rows: Iterable[Mapping[str, str]],
        aliases: Iterable[tuple[str, str]],
    ) -> None:
        self._places = [
            _NamedPlace(row["code"], _words(row[script]), row["is_lsg"] == "1")
            for row in rows
            for script in ("name_latin", "name_cyrillic")
        ]
        self._places += [_NamedPlace(code, _words(name), is_council=True) for code, name in aliases]

    def codes(self, name: str) -> list[str]:
        """Return the codes that a name may mean, the likeliest first; similar ones at last."""
        words = _words(name)
        while len(words) > 1 and words[0] in _KIND_WORDS:
            words = words[1:]
        if not words:
            return []
        found = self._ranked(words, self._same(words)) or self._ranked(words, self._with(words))
        return found or self._ranked(words, self._similar(words))

    def _same(self, words: tuple[str, ...]) -> Iterator[_NamedPlace]:
        return (place for place in self._places if place.words == words)

    def _with(self, words: tuple[str, ...]) -> Iterator[_NamedPlace]:
        """Yield the places that have all these words among others."""
        return (place for place in self._places if set(words) <= set(place.words))

    def _similar(self, words: tuple[str, ...]) -> Iterator[_NamedPlace]:
        text = " ".join(words)
        return (p for p in self._places if _similarity(text, p.text) >= _SIMILARITY_MIN)

    def _ranked(self, words: tuple[str, ...], places: Iterator[_NamedPlace]) -> list[str]:
        """Return codes by similarity; of one name only its council, if it is one."""
        text = " ".join(words)
        ordered = sorted(
            places, key=lambda p: (-_similarity(text, p.text), not p.is_council, p.code)
        )
        councils = {place.words for place in ordered if place.is_council}
        kept = (p for p in ordered if p.is_council or p.words not in councils)
        return list(dict.fromkeys(place.code for place in kept))


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(plain_form(name)))


def _similarity(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
