"""Suggestions for wrong values: the known values that the sender may have meant."""

import difflib
import re
from collections.abc import Iterable

_NEAREST_MAX = 3  # suggestions in one error text: as many as a reader grasps at a glance
_SIMILARITY_MIN = 0.6  # difflib's default; suggestions below it are guesses


def nearest(word: object, known: Iterable[object]) -> tuple[str, ...]:
    """Up to three known words that are similar to a wrong one, the nearest first."""
    by_key = {_key(str(k)): str(k) for k in known}
    close = difflib.get_close_matches(_key(str(word)[:80]), by_key, _NEAREST_MAX, _SIMILARITY_MIN)
    return tuple(by_key[key] for key in close)


def safe_text(value: object) -> str:
    """Return a wrong value for an error text: a code as it is, anything else as "This value".

    Words with a capital letter or a space are not repeated, because they may be a name; nor are
    long runs of digits, which may be a personal number.
    """
    text = str(value)
    is_code = isinstance(value, str | int) and _CODE_LIKE.fullmatch(text)
    return text if is_code and not _LONG_RUN.search(text) else "This value"


def comma_list(words: Iterable[object]) -> str:
    """Values as a sentence lists them."""
    return ", ".join(str(word) for word in words)


def _key(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")


_CODE_LIKE = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,39}|[A-Z0-9][A-Z0-9_.:-]{0,39}|/[a-z]+/[a-z0-9-]+")
_LONG_RUN = re.compile(r"[0-9]{6}")
