"""Identifiers as an argument: fresh ones for what is new, derived ones for what is said twice."""

import os
from typing import Protocol
from uuid import UUID, uuid5

import uuid_utils

REACTIONS = UUID("6b1f3f0e-5a0c-5d5e-9d0b-6f2a1c4e8d37")
"""Namespace of the ids of what reactions say. Never change it: ids derived before would differ."""


class Ids(Protocol):
    """Where new identifiers come from."""

    def new_id(self) -> str:
        """A UUIDv7 that nobody has seen before."""

    def random_bytes(self, count: int) -> bytes:
        """So many unpredictable bytes."""


class RandomIds:
    """Identifiers from the machine's clock and its source of randomness."""

    def new_id(self) -> str:
        """A UUIDv7; later ones sort after earlier ones of the same process."""
        return str(uuid_utils.uuid7())

    def random_bytes(self, count: int) -> bytes:
        """So many bytes from the operating system."""
        return os.urandom(count)


def reaction_id(cause: tuple[str, str], event_type: str, subject: str, n: int) -> str:
    """The id of the n-th event of a type about a subject that a cause (source, id) brings forth.

    The same arguments give the same UUIDv5, so telling a reaction twice is a duplicate.
    """
    return str(uuid5(REACTIONS, "\n".join((*cause, event_type, subject, str(n)))))
