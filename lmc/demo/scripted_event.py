"""An event of a scripted story, and the made-up codes of the persons in it."""

import hashlib
from dataclasses import dataclass

from schemas.codes import RANDOM_BYTES, new_code
from schemas.events.event import Event


@dataclass(frozen=True, slots=True)
class ScriptedEvent:
    """An event to record at a service; `path` is the path of the service's endpoint."""

    service: str
    path: str
    event: Event
    subject: str


def made_up_code(name: str) -> str:
    """Return the code of a person who does not exist: always the same for a name.

    The codes of real persons are random.
    """
    return new_code("p", hashlib.sha256(name.encode()).digest()[:RANDOM_BYTES])
