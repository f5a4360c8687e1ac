"""What a proof has found: a certificate that names what was compared and what differs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

SHOWN_MAX = 100
"""Differences listed per leg; all are counted."""
RULE = "a difference counts if a second look, at a fresh instant of the database, shows it too"

Progress = Callable[[str, int, int], None]
"""Called with a leg's name, how much of it is done, and how much there is."""


def silent(_leg: str, _done: int, _total: int) -> None:
    """Nobody watches the progress."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be: where, and what."""

    where: str
    what: str


@dataclass(slots=True)
class Leg:
    """One half of a proof."""

    name: str
    compares: str
    compared: int = 0
    differs: int = 0
    differences: list[Difference] = field(default_factory=list)

    def differ(self, *differences: Difference) -> None:
        """Count differences, and list them among the first ones."""
        self.differs += len(differences)
        self.differences.extend(differences[: max(0, SHOWN_MAX - len(self.differences))])


@dataclass(frozen=True, slots=True)
class At:
    """How far a partition was folded when its log was read again."""

    topic: str
    partition: int
    next_offset: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """Tables, facts and log agree, or where they do not. Digests are hexadecimal SHA-256."""

    made_at: datetime
    agrees: bool
    catalogue_digest: str
    entries_digest: str | None
    legs: tuple[Leg, ...]
    positions: tuple[At, ...]
    rule: str = RULE

    def to_json(self) -> str:
        """The certificate as one JSON object."""
        return _CERTIFICATE.dump_json(self, indent=2).decode()

    def without_codes(self) -> str:
        """The same without the differences, which name codes of people."""
        return _CERTIFICATE.dump_json(self, exclude={"legs": {"__all__": {"differences"}}}).decode()


_CERTIFICATE = TypeAdapter(Certificate)
