"""What intake keeps: partners with keys and grants, accepted events, receipts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.territory import council_of, is_listed
from services.intake.notes import NoteCode
from services.intake.stated_facts import StatedRevision

EVERYWHERE = "*"
"""The municipality of a grant that covers every council."""

EventKey = tuple[str, str]
"""(source, id): what identifies an event, as in CloudEvents."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One event type (without its version) that may be sent for one council, or everywhere."""

    fact_type: str
    municipality: str


@dataclass(frozen=True, slots=True)
class DeclaredPartner:
    """A partner system: its public Ed25519 keys by key id, and its grants."""

    id: str
    title: str
    keys: Mapping[str, bytes]
    grants: frozenset[Grant]

    @property
    def source(self) -> str:
        """Return the only source that this partner's events may have."""
        return f"/partners/{self.id}"

    def may_send(self, fact_type: str, municipality: str | None) -> bool:
        """Tell whether a grant covers the type in the municipality.

        Without a municipality any grant of the type is enough. So it is for an unknown code,
        which validation refuses with a better reason.
        """
        granted = {grant.municipality for grant in self.grants if grant.fact_type == fact_type}
        if municipality is None or not is_listed(municipality):
            return bool(granted)
        return EVERYWHERE in granted or council_of(municipality) in granted


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """An event that was accepted before: its content digest and its bytes in the outbox."""

    digest: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be accepted: its id, what it states, and the codes of its notes."""

    event_id: str
    stated: StatedRevision
    notes: tuple[NoteCode, ...]


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """The receipt of an accepted event, with the codes of its notes.

    `partition`, `offset` and `published_at` are None until Kafka has acknowledged the event.
    """

    id: str
    source: str
    accepted_at: datetime
    duplicates: int
    notes: tuple[NoteCode, ...]
    topic: str
    partition: int | None
    offset: int | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """The number of accepted events that Kafka has not acknowledged, and its newest answer."""

    unsent: int
    last_published_at: datetime | None
