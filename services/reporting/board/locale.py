"""The board's locales: Serbian in Cyrillic or Latin, or English; their texts, numbers and dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import cyrtranslit

from runtime.process.clock import BELGRADE
from schemas.bilingual_text import BilingualText
from schemas.periods import Period
from schemas.serbian_text import cyrillic_order, latin_order
from schemas.territory import Place
from services.reporting.board.translations import MESSAGES, MONTHS, PERIODS
from services.reporting.tables.table import Number


class Language(StrEnum):
    """The tags of the languages that a reader can choose; the first one is the default."""

    CYRILLIC = "sr-Cyrl"
    LATIN = "sr-Latn"
    ENGLISH = "en"


LANGUAGE_NAMES = {
    Language.CYRILLIC: "Ћирилица",
    Language.LATIN: "Latinica",
    Language.ENGLISH: "English",
}
_TEXTS_MAX = 8192
"""The texts of the board and of all definitions are some hundreds; they never change."""


@dataclass(frozen=True, slots=True)
class Locale:
    """One language and script."""

    language: Language = Language.CYRILLIC

    @classmethod
    def of(cls, tag: str | None) -> "Locale":
        """Return the locale of a language tag; Cyrillic for an unknown tag."""
        known = {each.value: each for each in Language}
        return cls(known.get(tag or "", Language.CYRILLIC))

    def translate(self, text: BilingualText, **values: str) -> str:
        """Return a text in this language, with the placeholders in braces replaced."""
        if self.language is Language.ENGLISH:
            return text.en.format_map(values) if values else text.en
        serbian = to_latin(text.sr) if self.language is Language.LATIN else text.sr
        return serbian.format_map(values) if values else serbian

    def messages(self) -> dict[str, str]:
        """Return every message of the page by its name; placeholders are not replaced."""
        return {name: self.translate(text) for name, text in MESSAGES.items()}

    def format_number(self, number: Number) -> str:
        """Format a number with all its digits: 1.234,5 in Serbian, 1,234.5 in English."""
        return self._with_separators(f"{Decimal(str(number)).normalize():,f}")

    def format_ratio(self, number: float) -> str:
        """Format a number with one decimal."""
        return self._with_separators(f"{number:,.1f}")

    def format_day(self, day: date) -> str:
        """Format a day: 14.11.2026. in Serbian, 14 November 2026 in English."""
        if self.language is Language.ENGLISH:
            return f"{day.day} {self.translate(MONTHS[day.month - 1])} {day.year}"
        return f"{day.day}.{day.month}.{day.year}."

    def format_instant(self, instant: datetime) -> str:
        """Format day and time of an aware instant in Belgrade's time zone."""
        local = instant.astimezone(BELGRADE)
        return f"{self.format_day(local.date())} {local:%H:%M:%S}"

    def format_period(self, period: Period) -> str:
        """Return a period's name, like "4. квартал 2026"."""
        return self.translate(
            PERIODS[period.kind],
            month=self.translate(MONTHS[period.start.month - 1]),
            quarter=str((period.start.month + 2) // 3),
            year=str(period.start.year),
            last=self.format_day(period.last),
        )

    def place_name(self, place: Place) -> str:
        """Return the name of a place as the register writes it."""
        return place.name_cyrillic if self.language is Language.CYRILLIC else place.name_latin

    def sort_places(self, places: Iterable[Place]) -> list[Place]:
        """Return places by their names, in the order of the alphabet of this locale."""
        order = cyrillic_order if self.language is Language.CYRILLIC else latin_order
        return sorted(places, key=lambda place: order(place.name_cyrillic))

    def _with_separators(self, english: str) -> str:
        """Return an English number with the separators of this locale."""
        if self.language is Language.ENGLISH:
            return english
        return english.translate(_SERBIAN_SEPARATORS)


@lru_cache(maxsize=_TEXTS_MAX)
def to_latin(cyrillic: str) -> str:
    """Transliterate Serbian Cyrillic; a capital digraph is written as in a name ("Љ", "Lj")."""
    transliterated: str = cyrtranslit.to_latin(cyrillic, "sr")
    return transliterated


_SERBIAN_SEPARATORS = str.maketrans(",.", ".,")
