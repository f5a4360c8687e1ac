"""Who speaks: a partner, the key it signs with, and the facts it states."""

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

from .schemas import envelope
from .schemas.envelope import Envelope
from .schemas.event import Event

AUDIENCE: Final = "lmc-intake"
TOKEN_LIFE_S: Final = 240
"""From now on; the door takes at most ten minutes between `iat` and `exp`."""
CLOCK_SKEW_S: Final = 60
"""`iat` lies so far back: the clock of this machine may run ahead of the door's."""
FACTS: Final = uuid.UUID("0d6f4b6e-9c4e-5f0b-8a53-3c1f5f6f9a21")
"""Namespace of the ids of facts. Never change it: a fact told again would get another id."""

E = TypeVar("E", bound=Event)


class PublicKey(NamedTuple):
    """What the operator of the door is told: no secret."""

    kid: str
    base64: str


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner system, by the id under which the door knows it.

    The key file (PEM, PKCS 8, Ed25519) is read for every token, so that a key is changed by
    replacing the file while programs run. The kid follows from the key.
    """

    id: str
    key_file: Path

    @property
    def source(self) -> str:
        """The only source this partner speaks as."""
        return f"/partners/{self.id}"

    def say(
        self,
        event: E,
        *,
        subject: str,
        factid: str | None = None,
        revision: int = 1,
        time: datetime | None = None,
    ) -> Envelope[E]:
        """The event in its envelope, ready to be sent or spooled.

        `factid` names your record, such as its primary key. The id then follows from type, subject,
        factid and revision: the same record told twice is one event. Without it the id is random.
        `time` is the instant at which you recorded it (aware), by default now.
        Raises ValueError for a malformed subject, factid or time.
        """
        said = envelope.say(
            event,
            id=factid or str(uuid.uuid4()),
            source=self.source,
            subject=subject,
            time=time or datetime.now(UTC),
            factid=factid,
            revision=revision,
        )
        return said if factid is None else said._replace(id=_id_of_fact(said))

    def token(self) -> str:
        """A token for the next minutes; raises OSError or ValueError if the key cannot be read."""
        key = _read(self.key_file)
        now = int(clock.time())
        claims = {
            "iss": self.id,
            "aud": AUDIENCE,
            "iat": now - CLOCK_SKEW_S,
            "exp": now + TOKEN_LIFE_S,
        }
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": _public(key).kid})


def new_key(file: Path) -> PublicKey:
    """Write a new signing key that only this user can read; raises FileExistsError.

    Gives what to send to the operator of the door.
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
        raise ValueError(f"{file} holds no Ed25519 key")  # noqa: TRY004 - the file's fault, no type's
    return key


def _public(key: Ed25519PrivateKey) -> PublicKey:
    raw = key.public_key().public_bytes_raw()
    return PublicKey(hashlib.sha256(raw).hexdigest()[:16], base64.b64encode(raw).decode())


def _id_of_fact(said: Envelope[Event]) -> str:
    """The same for the same state of the same fact. Of a retraction the retracted type counts."""
    state = (*said.identity, said.type, str(said.revision))
    return str(uuid.uuid5(FACTS, "\n".join(state)))
