"""A partner signs tokens that intake accepts, and the ids of its events are reproducible."""

import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from lmc_events import Partner, new_key
from lmc_events.schemas.envelope import Envelope
from lmc_events.schemas.events.event import Event
from lmc_events.schemas.events.matching import MatchingFactRetracted
from lmc_events.schemas.events.registration import PersonMoved

from services.intake.tokens import unverified_claims, verify_token

PERSON = "p-0123456789abcdefghjkmnpqrs"
DAY = date(2023, 3, 2)
MOVED = PersonMoved(on=DAY, municipality="70998", residence="70998")
NES = Partner("nes", Path("nowhere.pem"))


def retracted(fact_type: str) -> Envelope[Event]:
    event = MatchingFactRetracted(on=DAY, type=fact_type, reason="duplicate")
    return NES.new_event(event, subject=PERSON, factid="f-1", revision=2)


def test_intake_accepts_a_token_signed_with_the_declared_key(tmp_path: Path) -> None:
    public = new_key(tmp_path / "key.pem")
    token = Partner("nes", tmp_path / "key.pem").token()

    assert unverified_claims(token) == ("nes", public.kid)
    verify_token(token, base64.b64decode(public.base64), datetime.now(UTC))


@pytest.mark.parametrize("off_s", [-200, 45])
def test_intake_accepts_a_token_although_the_clocks_differ(tmp_path: Path, off_s: int) -> None:
    public = new_key(tmp_path / "key.pem")
    token = Partner("nes", tmp_path / "key.pem").token()

    verify_token(
        token, base64.b64decode(public.base64), datetime.now(UTC) - timedelta(seconds=off_s)
    )


def test_a_key_file_is_readable_by_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "key.pem")
    written = (tmp_path / "key.pem").read_bytes()

    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        new_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").read_bytes() == written


def test_a_key_of_another_type_is_refused(tmp_path: Path) -> None:
    pem = Ed448PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "key.pem").write_bytes(pem)

    with pytest.raises(ValueError, match=r"key\.pem holds no Ed25519 key"):
        Partner("nes", tmp_path / "key.pem").token()


def test_a_record_sent_twice_has_the_same_id() -> None:
    once = NES.new_event(MOVED, subject=PERSON, factid="f-1")
    again = NES.new_event(
        MOVED, subject=PERSON, factid="f-1", time=datetime(2023, 3, 2, tzinfo=UTC)
    )

    assert once.id == again.id
    assert once.source == "/partners/nes"


def test_each_revision_of_each_fact_has_its_own_id() -> None:
    events = [
        NES.new_event(MOVED, subject=PERSON, factid="f-1"),
        NES.new_event(MOVED, subject=PERSON, factid="f-1", revision=2),
        NES.new_event(MOVED, subject=PERSON, factid="f-2"),
        NES.new_event(MOVED, subject=PERSON[:-1] + "t", factid="f-1"),
        retracted("matching.placement.made"),
        retracted("matching.placement.ended"),
    ]

    assert len({event.id for event in events}) == len(events)


def test_without_a_factid_every_event_has_a_new_id() -> None:
    assert NES.new_event(MOVED, subject=PERSON).id != NES.new_event(MOVED, subject=PERSON).id


def test_a_malformed_subject_is_refused_when_the_event_is_created() -> None:
    with pytest.raises(ValueError, match="subject"):
        NES.new_event(MOVED, subject="p-nobody")
