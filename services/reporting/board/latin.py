"""Serbian Cyrillic in Serbian Latin: the only place that knows the library for it."""

from functools import lru_cache

import cyrtranslit

TEXTS_MAX = 8192
"""The words of the board and of all definitions are some hundreds; they never change."""


@lru_cache(maxsize=TEXTS_MAX)
def latin(cyrillic: str) -> str:
    """The same words in Latin; a capital digraph is written as in a name ("Љ", "Lj")."""
    told: str = cyrtranslit.to_latin(cyrillic, "sr")
    return told
