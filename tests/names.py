"""Names that no other test of the run has."""

import random
import string

LETTERS = 12


def fresh(like: str) -> str:
    """`like` and random letters. Never digits: a run of them may look like a phone number."""
    return f"{like}-{''.join(random.choices(string.ascii_lowercase, k=LETTERS))}"  # noqa: S311 - a name
