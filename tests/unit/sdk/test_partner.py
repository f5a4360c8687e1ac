"""A partner signs tokens that the door believes, and states facts under ids that repeat."""

import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from lmc_events import Partner, new_key
from lmc_events.schemas.envelope import Envelope
from lmc_events.schemas.event import Event
from lmc_events.schemas.matching import MatchingFactRetracted
from lmc_events.schemas.registration import PersonMoved

from services.intake.partners import claimed, prove

PERSON = "p-0123456789abcdefghjkmnpqrs"
DAY = date(2023, 3, 2)
MOVED = PersonMoved(on=DAY, municipality="70998", residence="70998")
NES = Partner("nes", Path("nowhere.pem"))


def retracted(fact_type: str) -> Envelope[Event]:
    event = MatchingFactRetracted(on=DAY, type=fact_type, reason="duplicate")
    return NES.say(event, subject=PERSON, factid="f-1", revision=2)


def test_the_door_believes_a_token_signed_with_the_declared_key(tmp_path: Path) -> None:
    public = new_key(tmp_path / "key.pem")
    token = Partner("nes", tmp_path / "key.pem").token()

    assert claimed(token) == ("nes", public.kid)
    prove(token, base64.b64decode(public.base64), datetime.now(UTC))


@pytest.mark.parametrize("off_s", [-200, 45])
def test_the_door_believes_it_although_the_two_clocks_differ(tmp_path: Path, off_s: int) -> None:
    public = new_key(tmp_path / "key.pem")
    token = Partner("nes", tmp_path / "key.pem").token()

    prove(token, base64.b64decode(public.base64), datetime.now(UTC) - timedelta(seconds=off_s))


def test_a_key_file_is_readable_by_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "key.pem")
    written = (tmp_path / "key.pem").read_bytes()

    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        new_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").read_bytes() == written


def test_a_key_of_another_kind_is_named(tmp_path: Path) -> None:
    pem = Ed448PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "key.pem").write_bytes(pem)

    with pytest.raises(ValueError, match=r"key\.pem holds no Ed25519 key"):
        Partner("nes", tmp_path / "key.pem").token()


def test_the_same_record_told_twice_has_the_same_id() -> None:
    once = NES.say(MOVED, subject=PERSON, factid="f-1")
    again = NES.say(MOVED, subject=PERSON, factid="f-1", time=datetime(2023, 3, 2, tzinfo=UTC))

    assert once.id == again.id
    assert once.source == "/partners/nes"


def test_each_state_of_each_fact_has_an_id_of_its_own() -> None:
    stated = [
        NES.say(MOVED, subject=PERSON, factid="f-1"),
        NES.say(MOVED, subject=PERSON, factid="f-1", revision=2),
        NES.say(MOVED, subject=PERSON, factid="f-2"),
        NES.say(MOVED, subject=PERSON[:-1] + "t", factid="f-1"),
        retracted("matching.placement.made"),
        retracted("matching.placement.ended"),
    ]

    assert len({said.id for said in stated}) == len(stated)


def test_without_a_factid_every_event_is_new() -> None:
    assert NES.say(MOVED, subject=PERSON).id != NES.say(MOVED, subject=PERSON).id


def test_a_malformed_subject_is_named_where_it_is_said() -> None:
    with pytest.raises(ValueError, match="subject"):
        NES.say(MOVED, subject="p-nobody")
