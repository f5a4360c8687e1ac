"""A partner: the key with which it signs its tokens, and the envelopes of its events."""

import base64
import hashlib
import os
import time as clock
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .schemas.envelope import Envelope, new_event
from .schemas.events.event import Event

_AUDIENCE: Final = "lmc-intake"
_TOKEN_LIFE_S: Final = 240
"""Seconds from now until `exp`; intake accepts at most ten minutes between `iat` and `exp`."""
_CLOCK_SKEW_S: Final = 60
"""Seconds by which `iat` is set back, because this clock may be ahead of intake's."""
_FACT_ID_NAMESPACE: Final = uuid.UUID("0d6f4b6e-9c4e-5f0b-8a53-3c1f5f6f9a21")
"""UUID namespace of event ids. Never change it: a resent record would get another id."""

E = TypeVar("E", bound=Event)


class PublicKey(NamedTuple):
    """The public key that the operator of intake declares for you; it is not secret."""

    kid: str
    base64: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner system, by the id under which intake knows it.

    The key file (PEM, PKCS 8, Ed25519) is read for every token, so that replacing the file
    changes the key of a running program. The key id (`kid`) is derived from the key.
    """

    id: str
    key_file: Path

    @property
    def source(self) -> str:
        """The `source` of this partner's events; intake accepts no other from it."""
        return f"/partners/{self.id}"

    def new_event(
        self,
        event: E,
        *,
        subject: str,
        factid: str | None = None,
        revision: int = 1,
        time: datetime | None = None,
    ) -> Envelope[E]:
        """Put an event into its envelope, ready to be sent or spooled.

        `subject` is the code of the person, vacancy or organisation that the event is about.
        `factid` names your record, such as its primary key. The id is then derived from type,
        subject, factid and revision, so that a record sent twice is one event. Without `factid`
        the id is random. `revision` is 1 for a new fact and higher for each correction.
        `time` is the instant at which you recorded it (timezone-aware), by default now.
        Raises ValueError for a malformed subject, factid or time.
        """
        created = new_event(
            event,
            id=factid or str(uuid.uuid4()),
            source=self.source,
            subject=subject,
            time=time or datetime.now(UTC),
            factid=factid,
            revision=revision,
        )
        return created if factid is None else created._replace(id=_event_id(created))

    def token(self) -> str:
        """Sign a JSON Web Token for intake; raises OSError or ValueError for an unreadable key."""
        key = _read(self.key_file)
        now = int(clock.time())
        claims = {
            "iss": self.id,
            "aud": _AUDIENCE,
            "iat": now - _CLOCK_SKEW_S,
            "exp": now + _TOKEN_LIFE_S,
        }
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": _public(key).kid})


def new_key(file: Path) -> PublicKey:
    """Write a new signing key to a file that only this user can read.

    Returns the public key, which you send to the operator of intake. Raises FileExistsError if
    the file exists, so that no key is overwritten.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(pem)
    return _public(key)


def _read(file: Path) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{file} holds no Ed25519 key")  # noqa: TRY004 - the file is wrong, not a Python type
    return key


def _public(key: Ed25519PrivateKey) -> PublicKey:
    raw = key.public_key().public_bytes_raw()
    return PublicKey(hashlib.sha256(raw).hexdigest()[:16], base64.b64encode(raw).decode())


def _event_id(envelope: Envelope[Event]) -> str:
    """Return the id of one revision of a fact; a retraction's identity names the retracted type."""
    parts = (*envelope.identity, envelope.type, str(envelope.revision))
    return str(uuid.uuid5(_FACT_ID_NAMESPACE, "\n".join(parts)))
