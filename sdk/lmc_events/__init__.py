"""Send events to the Local Migration Councils: event models, a client, a durable spool, validation.

The event models are in `lmc_events.schemas.events`, one module per domain.
"""

from .client import Client, Fault, IntakeUnavailable, Note, PublishedRecord, Receipt, Result
from .partner import Partner, PublicKey, new_key
from .schemas.envelope import Envelope
from .schemas.validation.problems import Problem, Refusal
from .sender import SendCounts, Sender
from .spool import RefusedEvent, Spool, SpoolFullError, WaitingEvent
from .validation import EventOrBytes, examples, validate_event

__all__ = [
    "Client",
    "Envelope",
    "EventOrBytes",
    "Fault",
    "IntakeUnavailable",
    "Note",
    "Partner",
    "Problem",
    "PublicKey",
    "PublishedRecord",
    "Receipt",
    "Refusal",
    "RefusedEvent",
    "Result",
    "SendCounts",
    "Sender",
    "Spool",
    "SpoolFullError",
    "WaitingEvent",
    "examples",
    "new_key",
    "validate_event",
]
