"""Near misses: which known words a wrong one may have meant."""

import difflib
import re
from collections.abc import Iterable

NEAREST_MAX = 3  # suggestions in one error text: what a reader takes in at a glance
SIMILAR_ENOUGH = 0.6  # difflib's own ratio; below it suggestions are guesses


def nearest(word: object, known: Iterable[object]) -> tuple[str, ...]:
    """Up to three known words that a wrong one resembles, the nearest first."""
    by_key = {_key(str(k)): str(k) for k in known}
    close = difflib.get_close_matches(_key(str(word)[:80]), by_key, NEAREST_MAX, SIMILAR_ENOUGH)
    return tuple(by_key[key] for key in close)


def shown(value: object) -> str:
    """A wrong value as an error text may show it: codes as they are, anything else unnamed.

    Not repeated are words with a capital or a space, which may be somebody's name, and long runs of
    digits, which may be somebody's number.
    """
    text = str(value)
    is_code = isinstance(value, str | int) and _CODE_LIKE.fullmatch(text)
    return text if is_code and not _LONG_RUN.search(text) else "This value"


def one_of(words: Iterable[object]) -> str:
    """Words as a sentence lists them."""
    return ", ".join(str(word) for word in words)


def _key(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")


_CODE_LIKE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,39}|[A-Z0-9][A-Z0-9_.:-]{0,39}|/[a-z]+/[a-z0-9-]+")
_LONG_RUN = re.compile(r"[0-9]{6}")
