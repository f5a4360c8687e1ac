"""What each error code means and what to do about it, in both languages, with an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..bilingual_text import BilingualText
from ..code_lists import code_list


@dataclass(frozen=True, slots=True)
class Explanation:
    """The page of one error code; the title is its fixed one."""

    meaning: BilingualText
    remedy: BilingualText
    example: str


EXPLANATIONS: Final[Mapping[str, Explanation]] = MappingProxyType(
    {
        row["code"]: Explanation(
            BilingualText(row["meaning_sr"], row["meaning_en"]),
            BilingualText(row["remedy_sr"], row["remedy_en"]),
            row["example"],
        )
        for row in code_list("errors")
    }
)
"""Of every code; a test compares them with the titles."""
