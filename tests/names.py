"""Unique names for test resources."""

import random
import string

LETTERS = 12


def fresh(prefix: str) -> str:
    """Return a prefix and random letters; no digits: a sequence could look like a phone number."""
    return f"{prefix}-{''.join(random.choices(string.ascii_lowercase, k=LETTERS))}"  # noqa: S311 - a name
