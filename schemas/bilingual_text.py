"""One sentence or title in the two languages of the system."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BilingualText:
    """The same words in Serbian (Cyrillic) and in English."""

    sr: str
    en: str
