"""How the board speaks: Serbian in Cyrillic or Latin, or English, with their numbers and dates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from runtime.clock import BELGRADE
from schemas.periods import Period
from schemas.territory import Place
from schemas.text import Text
from services.reporting.board.latin import latin
from services.reporting.board.words import MONTHS, PERIODS, WORDS
from services.reporting.tables.table import Number


class Language(StrEnum):
    """The tags of what a reader can choose, the first one if nothing is chosen."""

    CYRILLIC = "sr-Cyrl"
    LATIN = "sr-Latn"
    ENGLISH = "en"


AZBUKA = "абвгдђежзијклљмнњопрстћуфхцчџш"
ABECEDA = "abcčćdđefghijklmnoprsštuvzž"
NAMES = {Language.CYRILLIC: "Ћирилица", Language.LATIN: "Latinica", Language.ENGLISH: "English"}


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language and script."""

    language: Language = Language.CYRILLIC

    @classmethod
    def of(cls, asked: str | None) -> "Tongue":
        """The language of a tag; Cyrillic for whatever is none."""
        known = {each.value: each for each in Language}
        return cls(known.get(asked or "", Language.CYRILLIC))

    def say(self, text: Text, **filled: str) -> str:
        """The words in this language, with the blanks in braces filled."""
        if self.language is Language.ENGLISH:
            return text.en.format_map(filled) if filled else text.en
        words = latin(text.sr) if self.language is Language.LATIN else text.sr
        return words.format_map(filled) if filled else words

    def words(self) -> dict[str, str]:
        """Every word of the page by its name; those with blanks still have them."""
        return {name: self.say(text) for name, text in WORDS.items()}

    def number(self, number: Number) -> str:
        """All its digits: 1.234,5 in Serbian, 1,234.5 in English."""
        return self._pointed(f"{Decimal(str(number)).normalize():,f}")

    def ratio(self, number: float) -> str:
        """With one decimal."""
        return self._pointed(f"{number:,.1f}")

    def day(self, day: date) -> str:
        """14.11.2026. in Serbian, 14 November 2026 in English."""
        if self.language is Language.ENGLISH:
            return f"{day.day} {self.say(MONTHS[day.month - 1])} {day.year}"
        return f"{day.day}.{day.month}.{day.year}."

    def moment(self, instant: datetime) -> str:
        """Day and time of an instant (aware) on the councils' clocks."""
        local = instant.astimezone(BELGRADE)
        return f"{self.day(local.date())} {local:%H:%M:%S}"

    def period(self, period: Period) -> str:
        """A period's name, like "4. квартал 2026"."""
        return self.say(
            PERIODS[period.kind],
            month=self.say(MONTHS[period.start.month - 1]),
            quarter=str((period.start.month + 2) // 3),
            year=str(period.start.year),
            last=self.day(period.last),
        )

    def place(self, place: Place) -> str:
        """The name of a place as the register writes it."""
        return place.name_cyrillic if self.language is Language.CYRILLIC else place.name_latin

    def in_order(self, places: Iterable[Place]) -> list[Place]:
        """Places by their names in the order of the alphabet that is read."""
        alphabet = AZBUKA if self.language is Language.CYRILLIC else ABECEDA
        return sorted(
            places, key=lambda place: [alphabet.find(c) for c in self.place(place).casefold()]
        )

    def _pointed(self, english: str) -> str:
        """A number with the reader's points and commas."""
        if self.language is Language.ENGLISH:
            return english
        return english.translate(_POINTS)


_POINTS = str.maketrans(",.", ".,")
