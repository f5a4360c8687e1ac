"""Say events to intake's door: the language, a client, a spool that loses nothing, a kit to check.

The event models are in `lmc_events.schemas`, one module per domain.
"""

from .checking import Said, check, examples
from .client import Client, Receipt, Result, Unavailable
from .partner import Partner, PublicKey, new_key
from .schemas.envelope import Envelope
from .schemas.problem import Problem, Refusal
from .sending import Sender, Sent
from .spool import Refused, Spool, SpoolFullError, Waiting

__all__ = [
    "Client",
    "Envelope",
    "Partner",
    "Problem",
    "PublicKey",
    "Receipt",
    "Refusal",
    "Refused",
    "Result",
    "Said",
    "Sender",
    "Sent",
    "Spool",
    "SpoolFullError",
    "Unavailable",
    "Waiting",
    "check",
    "examples",
    "new_key",
]
