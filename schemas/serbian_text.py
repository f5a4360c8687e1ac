"""The two Serbian alphabets: their order, and one plain form of a name however it is written."""

import unicodedata
from types import MappingProxyType
from typing import Final

_CYRILLIC: Final = "абвгдђежзијклљмнњопрстћуфхцчџш"
_LATIN: Final = (
    *("a", "b", "v", "g", "d", "đ", "e", "ž", "z", "i", "j", "k", "l", "lj", "m", "n", "nj", "o"),
    *("p", "r", "s", "t", "ć", "u", "f", "h", "c", "č", "dž", "š"),
)
"""The Latin letter of each Cyrillic one: thirty letters, three of them written with two signs."""
_LATIN_ORDER: Final = (
    *("a", "b", "c", "č", "ć", "d", "dž", "đ", "e", "f", "g", "h", "i", "j", "k", "l", "lj", "m"),
    *("n", "nj", "o", "p", "r", "s", "š", "t", "u", "v", "z", "ž"),
)
_LATIN_OF: Final = dict(zip(_CYRILLIC, _LATIN, strict=True))
_RANK: Final = MappingProxyType(
    {letter: f"{rank:02}" for rank, letter in enumerate(_CYRILLIC, start=10)}
)
_LATIN_RANK: Final = MappingProxyType(
    {c: f"{_LATIN_ORDER.index(latin) + 10:02}" for c, latin in _LATIN_OF.items()}
)
_BLANK_RANK: Final = "00"
_OTHER_RANK: Final = "01"
_PLAIN_LETTERS: Final = {"đ": "dj", "ð": "dj", "ž": "z", "č": "c", "ć": "c", "š": "s"}
_LOOK_ALIKES: Final = dict(zip("aeopcxyjkmthb", "аеорсхујкмтнв", strict=True))
"""Latin letters that look like a Cyrillic one, in small or in capital form."""


def cyrillic_order(cyrillic: str) -> str:
    """Return a text of digits that sorts names as the Cyrillic alphabet does (Д, Ђ, Е)."""
    return _order(cyrillic, _RANK)


def latin_order(cyrillic: str) -> str:
    """Return the same for the Latin alphabet, of the Cyrillic name: in it lj is one letter."""
    return _order(cyrillic, _LATIN_RANK)


def plain_form(name: str) -> str:
    """Return a name in small letters of ASCII, the same for both scripts and their misspellings.

    Compatibility characters (ǈ), letters of the other script that look alike, missing diacritics,
    and `dj` for đ make no difference.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    words = (_in_one_script(word) for word in text.split())
    letters = (_LATIN_OF.get(letter, letter) for letter in " ".join(words))
    plain = "".join(_PLAIN_LETTERS.get(sign, sign) for sign in "".join(letters))
    decomposed = unicodedata.normalize("NFD", plain)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _order(cyrillic: str, ranks: MappingProxyType[str, str]) -> str:
    return "".join(
        _BLANK_RANK if letter.isspace() else ranks.get(letter, _OTHER_RANK)
        for letter in cyrillic.casefold()
    )


def _in_one_script(word: str) -> str:
    """Write a word of both scripts in the one that most of its letters are of."""
    cyrillic = sum(sign in _LATIN_OF for sign in word)
    latin = sum(sign.isascii() and sign.isalpha() for sign in word)
    if not cyrillic or not latin:
        return word
    if cyrillic >= latin:
        return "".join(_LOOK_ALIKES.get(sign, sign) for sign in word)
    originals = {look_alike: sign for sign, look_alike in _LOOK_ALIKES.items()}
    return "".join(originals.get(sign, sign) for sign in word)
