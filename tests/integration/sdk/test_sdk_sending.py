"""From a partner's spool through a real door into Kafka: at least once, in order, whatever dies."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lmc_events import Sender, Sent, Unavailable, new_key, sending
from lmc_events.schemas.envelope import to_bytes

from tests.integration.sdk.conftest import Office
from tests.integration.sdk.program import MANY, placed_by
from tests.integration.sdk.working import become, working
from tests.integration.services.running import eventually


@contextmanager
def sending_beside(office: Office) -> Iterator[None]:
    """A sender that runs beside the test, and stops in good order."""
    stop = threading.Event()
    sender = threading.Thread(target=Sender(office.spool, office.client).run, args=(stop,))
    sender.start()
    try:
        yield
    finally:
        stop.set()
        sender.join()


def offset_of(office: Office, event_id: str) -> int | None:
    """The place of an event in Kafka, None while it is not said."""
    receipt = office.client.receipt(event_id)
    assert receipt is not None
    return receipt.said.offset if receipt.said else None


def test_what_is_spooled_is_said_to_kafka_in_order(office: Office) -> None:
    said = [placed_by(office.partner) for _ in range(12)]
    office.spool.append(*said)
    sent = Sender(office.spool, office.client).send()
    become(lambda: offset_of(office, said[-1].id) is not None)
    offsets = [offset_of(office, each.id) or 0 for each in said]

    assert sent == Sent(accepted=12)
    assert office.spool.count() == (0, 0)
    assert offsets == sorted(set(offsets))


def test_a_dry_run_keeps_nothing_and_a_receipt_tells_what_was_kept(office: Office) -> None:
    said = placed_by(office.partner)
    [rehearsed] = office.client.send([said], dry_run=True)
    before = office.client.receipt(said.id)
    [first], [again] = office.client.send([said]), office.client.send([said])
    receipt = office.client.receipt(said.id)

    assert (rehearsed.status, before) == ("accepted", None)
    assert (first.status, again.status) == ("accepted", "duplicate")
    assert receipt is not None
    assert (receipt.source, receipt.duplicates) == (office.partner.source, 1)


def test_a_refused_event_holds_up_no_other_and_goes_when_it_is_granted(office: Office) -> None:
    office.door.declare(office.partner, office.key, grants=(("matching.placement.made", "79022"),))
    elsewhere = to_bytes(placed_by(office.partner)).replace(b"70998", b"79022")
    office.spool.append(placed_by(office.partner), elsewhere)
    first = Sender(office.spool, office.client).send()
    [refused] = office.spool.refused()
    office.door.declare(office.partner, office.key)
    office.spool.requeue(refused.number)
    second = Sender(office.spool, office.client).send()

    assert first == Sent(accepted=1, refused=1)
    assert (refused.code, refused.path) == ("E1402", "$.type")
    assert "You have no grant" in refused.detail
    assert second == Sent(accepted=1)
    assert office.spool.count() == (0, 0)


def test_a_changed_record_without_a_higher_revision_is_a_conflict_that_names_the_field(
    office: Office,
) -> None:
    said = to_bytes(placed_by(office.partner))
    office.spool.append(said, said, said.replace(b"70998", b"79022"))
    sent = Sender(office.spool, office.client).send()
    [refused] = office.spool.refused()

    assert sent == Sent(accepted=1, duplicate=1, refused=1)
    assert (refused.code, refused.path) == ("E1301", "$.data.municipality")


def test_a_kill_between_spool_and_door_loses_nothing(office: Office, installed: Path) -> None:
    with working(installed, "append", office.arguments()) as process:
        told = process.hear(MANY)
        process.kill()
    sent = Sender(office.spool, office.client).send()

    assert sent == Sent(accepted=MANY)
    assert office.door.said_by(office.partner) == told


def test_a_kill_between_the_doors_answer_and_the_spool_says_nothing_twice(
    office: Office, installed: Path
) -> None:
    office.spool.append(*(placed_by(office.partner) for _ in range(MANY)))
    waiting = [event.id for event in office.spool.waiting()]
    with working(installed, "stop_before_settling", office.arguments()) as process:
        [told] = process.hear(1)
        process.kill()
    sent = Sender(office.spool, office.client).send()

    assert told == f"answered-{MANY}"
    assert sent == Sent(duplicate=MANY)
    assert office.door.said_by(office.partner) == waiting


def test_killed_again_and_again_in_mid_stream_everything_is_said_once_and_in_order(
    office: Office, installed: Path
) -> None:
    told: list[str] = []
    for count in (20, 35, 50):
        with working(installed, "flood", office.arguments()) as process:
            told += process.hear(count)
            told += process.kill()
    Sender(office.spool, office.client).send()
    said = office.door.said_by(office.partner)

    assert office.spool.count() == (0, 0)
    assert len(said) == len(set(said))
    assert [each for each in said if each in set(told)] == told


def test_two_senders_of_one_spool_say_each_event_once(office: Office) -> None:
    said = [placed_by(office.partner) for _ in range(60)]
    with sending_beside(office), sending_beside(office):
        for each in said:
            office.spool.append(each)
        become(lambda: office.spool.count() == (0, 0))

    assert office.door.said_by(office.partner) == [each.id for each in said]


async def test_while_the_door_is_away_events_wait_and_go_when_it_is_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WAIT_MOST_S", 0.2)  # minutes, for a partner
    said = [placed_by(office.partner) for _ in range(5)]
    office.door.process.stop()
    with sending_beside(office):
        office.spool.append(*said)
        with pytest.raises(Unavailable, match="does not answer"):
            office.client.send(said)
        office.door.process.start()
        await eventually(office.door.process.is_ready, "the door is back")
        become(lambda: office.spool.count() == (0, 0))

    assert office.door.said_by(office.partner) == [each.id for each in said]


def test_a_partner_changes_its_key_while_its_program_runs(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sending, "WAIT_MOST_S", 0.2)
    sender = Sender(office.spool, office.client)
    fresh = new_key(tmp_path / "next.pem")
    office.door.declare(office.partner, office.key, fresh)
    office.spool.append(placed_by(office.partner))
    with_the_old = sender.send()
    office.door.declare(office.partner, fresh)
    office.spool.append(placed_by(office.partner))
    with pytest.raises(Unavailable, match="status 401: E1401"):
        sender.send()
    with sending_beside(office):
        os.replace(tmp_path / "next.pem", office.partner.key_file)  # noqa: PTH105 - as `mv` does
        become(lambda: office.spool.count() == (0, 0))

    assert with_the_old == Sent(accepted=1)
    assert len(office.door.said_by(office.partner)) == 2


def test_the_log_and_the_errors_hold_no_event_and_no_token(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = placed_by(office.partner)
    conflict = to_bytes(said).replace(b"70998", b"79022")
    office.spool.append(said, conflict)
    Sender(office.spool, office.client).send()
    office.door.declare(office.partner)
    office.spool.append(placed_by(office.partner))
    with pytest.raises(Unavailable) as caught:
        Sender(office.spool, office.client).send()
    written = f"{caplog.text} {caught.value!r}"

    assert "1 events were refused with E1301" in written
    assert "E1401" in written
    for secret in (said.id, said.subject, "70998", "79022", "9613", "eyJ"):
        assert secret not in written
