"""One sentence or title in the two languages of the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Serbian (Cyrillic) and in English."""

    sr: str
    en: str
