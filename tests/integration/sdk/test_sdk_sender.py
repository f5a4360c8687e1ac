"""From a partner's spool through a real intake into Kafka: at least once and in order."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lmc_events import IntakeUnavailable, SendCounts, Sender, new_key
from lmc_events.schemas.envelope import encode_event

from tests.integration.sdk.conftest import DeclaredPartner
from tests.integration.sdk.partner_process import partner_process
from tests.integration.sdk.partner_program import MANY, placed_by
from tests.waiting import eventually, wait_until

RETRY_WAIT_S_MAX = 0.2  # for a partner it is minutes


@contextmanager
def sender_running(declared: DeclaredPartner) -> Iterator[None]:
    """Run a sender in a thread until the block ends."""
    stop = threading.Event()
    sender = Sender(declared.spool, declared.client, retry_wait_s_max=RETRY_WAIT_S_MAX)
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def offset_of(declared: DeclaredPartner, event_id: str) -> int | None:
    """The offset of an event in Kafka; None until it is published."""
    receipt = declared.client.receipt(event_id)
    assert receipt is not None
    return receipt.published.offset if receipt.published else None


def status_of(declared: DeclaredPartner, event_id: str) -> str:
    """The status in the receipt of an event."""
    receipt = declared.client.receipt(event_id)
    assert receipt is not None
    return receipt.status


def test_spooled_events_are_published_to_kafka_in_order(declared: DeclaredPartner) -> None:
    events = [placed_by(declared.partner) for _ in range(12)]
    declared.spool.append(*events)
    sent = Sender(declared.spool, declared.client).send()
    wait_until(lambda: offset_of(declared, events[-1].id) is not None)
    offsets = [offset_of(declared, each.id) or 0 for each in events]

    assert sent == SendCounts(accepted=12)
    assert declared.spool.count() == (0, 0)
    assert offsets == sorted(set(offsets))
    assert {status_of(declared, each.id) for each in events} == {"published"}


def test_a_dry_run_keeps_nothing_and_an_accepted_event_has_a_receipt(
    declared: DeclaredPartner,
) -> None:
    event = placed_by(declared.partner)
    [dry] = declared.client.send([event], dry_run=True)
    before = declared.client.receipt(event.id)
    [first], [again] = declared.client.send([event]), declared.client.send([event])
    receipt = declared.client.receipt(event.id)

    assert (dry.status, before) == ("accepted", None)
    assert (first.status, again.status) == ("accepted", "duplicate")
    assert receipt is not None
    assert (receipt.source, receipt.duplicates) == (declared.partner.source, 1)


def test_a_refused_event_delays_no_other_and_is_accepted_after_its_grant(
    declared: DeclaredPartner,
) -> None:
    declared.intake.declare(
        declared.partner, declared.key, grants=(("matching.placement.made", "79022"),)
    )
    elsewhere = encode_event(placed_by(declared.partner)).replace(b"70998", b"79022")
    declared.spool.append(placed_by(declared.partner), elsewhere)
    first = Sender(declared.spool, declared.client).send()
    [refused] = declared.spool.refused()
    declared.intake.declare(declared.partner, declared.key)
    declared.spool.requeue(refused.number)
    second = Sender(declared.spool, declared.client).send()

    assert first == SendCounts(accepted=1, refused=1)
    assert (refused.code, refused.path) == ("E1402", "$.type")
    assert "You have no grant" in refused.detail
    assert second == SendCounts(accepted=1)
    assert declared.spool.count() == (0, 0)


def test_a_changed_record_without_a_higher_revision_is_a_conflict_that_names_the_field(
    declared: DeclaredPartner,
) -> None:
    event = encode_event(placed_by(declared.partner))
    declared.spool.append(event, event, event.replace(b"70998", b"79022"))
    sent = Sender(declared.spool, declared.client).send()
    [refused] = declared.spool.refused()

    assert sent == SendCounts(accepted=1, duplicate=1, refused=1)
    assert (refused.code, refused.path) == ("E1301", "$.data.municipality")


def test_a_kill_between_spool_and_intake_loses_nothing(
    declared: DeclaredPartner, installed: Path
) -> None:
    with partner_process(installed, "append", declared.arguments()) as process:
        reported = process.read_lines(MANY)
        process.kill()
    sent = Sender(declared.spool, declared.client).send()

    assert sent == SendCounts(accepted=MANY)
    assert declared.intake.accepted_ids(declared.partner) == reported


def test_a_kill_between_the_response_and_the_spool_publishes_nothing_twice(
    declared: DeclaredPartner, installed: Path
) -> None:
    declared.spool.append(*(placed_by(declared.partner) for _ in range(MANY)))
    waiting = [event.id for event in declared.spool.waiting()]
    with partner_process(installed, "stop_before_recording", declared.arguments()) as process:
        [reported] = process.read_lines(1)
        process.kill()
    sent = Sender(declared.spool, declared.client).send()

    assert reported == f"answered-{MANY}"
    assert sent == SendCounts(duplicate=MANY)
    assert declared.intake.accepted_ids(declared.partner) == waiting


def test_after_several_kills_in_mid_stream_every_event_is_accepted_once_and_in_order(
    declared: DeclaredPartner, installed: Path
) -> None:
    reported: list[str] = []
    for count in (20, 35, 50):
        with partner_process(installed, "flood", declared.arguments()) as process:
            reported += process.read_lines(count)
            reported += process.kill()
    Sender(declared.spool, declared.client).send()
    accepted = declared.intake.accepted_ids(declared.partner)

    assert declared.spool.count() == (0, 0)
    assert len(accepted) == len(set(accepted))
    assert [each for each in accepted if each in set(reported)] == reported


def test_two_senders_of_one_spool_send_each_event_once(declared: DeclaredPartner) -> None:
    events = [placed_by(declared.partner) for _ in range(60)]
    with sender_running(declared), sender_running(declared):
        for each in events:
            declared.spool.append(each)
        wait_until(lambda: declared.spool.count() == (0, 0))

    assert declared.intake.accepted_ids(declared.partner) == [each.id for each in events]


async def test_events_wait_while_intake_is_unavailable_and_are_sent_afterwards(
    declared: DeclaredPartner,
) -> None:
    events = [placed_by(declared.partner) for _ in range(5)]
    declared.intake.process.stop()
    with sender_running(declared):
        declared.spool.append(*events)
        with pytest.raises(IntakeUnavailable, match="does not answer"):
            declared.client.send(events)
        declared.intake.process.start()
        await eventually(declared.intake.process.is_ready, "intake is back")
        wait_until(lambda: declared.spool.count() == (0, 0))

    assert declared.intake.accepted_ids(declared.partner) == [each.id for each in events]


def test_a_partner_changes_its_key_while_its_program_runs(
    declared: DeclaredPartner, tmp_path: Path
) -> None:
    sender = Sender(declared.spool, declared.client)
    fresh = new_key(tmp_path / "next.pem")
    declared.intake.declare(declared.partner, declared.key, fresh)
    declared.spool.append(placed_by(declared.partner))
    with_old_key = sender.send()
    declared.intake.declare(declared.partner, fresh)
    declared.spool.append(placed_by(declared.partner))
    with pytest.raises(IntakeUnavailable, match="status 401: E1401"):
        sender.send()
    with sender_running(declared):
        os.replace(tmp_path / "next.pem", declared.partner.key_file)  # noqa: PTH105 - as `mv` does
        wait_until(lambda: declared.spool.count() == (0, 0))

    assert with_old_key == SendCounts(accepted=1)
    assert len(declared.intake.accepted_ids(declared.partner)) == 2


def test_logs_and_errors_contain_no_event_and_no_token(
    declared: DeclaredPartner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    event = placed_by(declared.partner)
    conflict = encode_event(event).replace(b"70998", b"79022")
    declared.spool.append(event, conflict)
    Sender(declared.spool, declared.client).send()
    declared.intake.declare(declared.partner)
    declared.spool.append(placed_by(declared.partner))
    with pytest.raises(IntakeUnavailable) as caught:
        Sender(declared.spool, declared.client).send()
    written = f"{caplog.text} {caught.value!r}"

    assert "1 events were refused with E1301" in written
    assert "E1401" in written
    for secret in (event.id, event.subject, "70998", "79022", "9613", "eyJ"):
        assert secret not in written
