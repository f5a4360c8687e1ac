"""Identifiers: random ones, passed as an argument, and ones derived from a cause."""

import os
from typing import Protocol
from uuid import UUID, uuid5

import uuid_utils

_DERIVED_EVENTS = UUID("6b1f3f0e-5a0c-5d5e-9d0b-6f2a1c4e8d37")
"""Namespace of the ids of derived events. Never change it: earlier ids would differ."""


class Ids(Protocol):
    """A source of new identifiers."""

    def new_id(self) -> str:
        """Return a UUIDv7 that was never returned before."""

    def random_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


class RandomIds:
    """Identifiers from the machine's clock and its source of randomness."""

    def new_id(self) -> str:
        """Return a UUIDv7; later ones sort after earlier ones of the same process."""
        return str(uuid_utils.uuid7())

    def random_bytes(self, count: int) -> bytes:
        """Return `count` bytes from the operating system."""
        return os.urandom(count)


def derived_event_id(cause: tuple[str, str], event_type: str, subject: str, n: int) -> str:
    """Return the id of the n-th event of a type about a subject that a cause (source, id) produces.

    The same arguments give the same UUIDv5, so that an event produced twice is a duplicate.
    """
    return str(uuid5(_DERIVED_EVENTS, "\n".join((*cause, event_type, subject, str(n)))))
