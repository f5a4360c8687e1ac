"""Characters that no text may contain: U+0000, and halves of a surrogate pair.

PostgreSQL stores no U+0000, and UTF-8 has no halves.
"""

import re
from collections.abc import Mapping
from typing import Final

from .problems import Problem

_FORBIDDEN: Final = re.compile("[\0\ud800-\udfff]")


def forbidden_character(path: str = "$") -> Problem:
    """Return the problem of a message that contains such a character."""
    detail = "A text contains the character U+0000, or half of a surrogate pair."
    return Problem("E1104", path, detail, "Leave it out; write characters in UTF-8.")


def has_forbidden_character(value: object) -> bool:
    """Tell whether such a character stands in a text, or in any text or name of a JSON value."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            if _FORBIDDEN.search(each):
                return True
        elif isinstance(each, Mapping):
            pending += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            pending += each
    return False
