"""The spool on a real disk: order, limits, and what is never written or lost."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from lmc_events import Envelope, Partner, Refusal, Result, Spool, SpoolFullError, validate_event
from lmc_events.schemas.envelope import encode_event
from lmc_events.schemas.events.event import Event

from tests.integration.sdk.partner_process import partner_process
from tests.integration.sdk.partner_program import MANY, placed_by

NES = Partner("nes", Path("nowhere.pem"))
JMBG = "0710003730015"
BYTES_MAX = 40_000
PAGE_BYTES = 4096
ACCEPTED = Result(status="accepted")
REFUSED = Result(status="refused", code="E1402", path="$.type", detail="You have no grant.")


def placements(count: int) -> Sequence[Envelope[Event]]:
    """Placements that are not in a spool."""
    return [placed_by(NES) for _ in range(count)]


def append_each(kept: Spool, count: int) -> None:
    """Append placements one by one."""
    for each in placements(count):
        kept.append(each)


def record(kept: Spool, *results: Result) -> None:
    """Record results for the oldest events."""
    kept.record_results(list(zip(kept.waiting(len(results)), results, strict=True)))


def test_events_wait_in_the_order_of_appending_until_they_are_recorded(tmp_path: Path) -> None:
    events = placements(4)
    kept = Spool(tmp_path / "spool.db")
    kept.append(events[0])
    kept.append(*events[1:])
    record(kept, ACCEPTED)

    assert [event.id for event in Spool(tmp_path / "spool.db").waiting()] == [
        each.id for each in events[1:]
    ]


def test_a_refused_event_is_kept_with_its_reason_and_the_others_still_wait(tmp_path: Path) -> None:
    events = placements(3)
    kept = Spool(tmp_path / "spool.db")
    kept.append(*events)
    record(kept, ACCEPTED, REFUSED)
    [refused] = kept.refused()

    assert (refused.id, refused.code, refused.path) == (events[1].id, "E1402", "$.type")
    assert validate_event(refused.body) == events[1]
    assert [event.id for event in kept.waiting()] == [events[2].id]


def test_a_requeued_event_waits_in_its_old_order_and_a_discarded_one_is_deleted(
    tmp_path: Path,
) -> None:
    events = placements(3)
    kept = Spool(tmp_path / "spool.db")
    kept.append(*events[:2])
    record(kept, REFUSED, REFUSED)
    kept.append(events[2])
    first, second = kept.refused()
    kept.requeue(first.number)
    kept.discard(second.number)

    assert [event.id for event in kept.waiting()] == [events[0].id, events[2].id]
    assert kept.count() == (2, 0)


def test_an_event_that_every_installation_refuses_is_refused_before_anything_is_kept(
    tmp_path: Path,
) -> None:
    events = placements(2)
    kept = Spool(tmp_path / "spool.db")
    bad = encode_event(events[1]).replace(events[1].id.encode(), JMBG.encode())
    with pytest.raises(Refusal, match="E1201"):
        kept.append(events[0], bad)

    assert kept.count() == (0, 0)
    assert not any(JMBG.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_a_code_that_the_installation_may_have_declared_is_appended(tmp_path: Path) -> None:
    own = placed_by(NES, programmes=("OUR-OWN",))
    kept = Spool(tmp_path / "spool.db")
    kept.append(own)

    assert [event.id for event in kept.waiting()] == [own.id]


def test_a_full_spool_raises_drops_nothing_and_accepts_more_after_sending(
    tmp_path: Path,
) -> None:
    kept = Spool(tmp_path / "spool.db", bytes_max=BYTES_MAX)
    with pytest.raises(
        SpoolFullError, match=r"spool\.db is full: \d+ events wait and 0 were refused"
    ):
        append_each(kept, 1000)
    count, refused = kept.count()
    size = (tmp_path / "spool.db").stat().st_size
    record(kept, *[ACCEPTED] * 20)
    append_each(kept, 10)

    assert refused == 0
    assert BYTES_MAX / 2 < size <= BYTES_MAX + PAGE_BYTES
    assert kept.count() == (count - 10, 0)


def test_a_full_disk_raises_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Spool(tmp_path / "spool.db")
    kept.append(*placements(1))
    connect = sqlite3.connect

    def on_a_full_disk(*arguments: str, **named: float | None) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*arguments, **named)  # type: ignore[call-overload] # passed on
        db.execute("PRAGMA max_page_count = 1")  # SQLite then reports a full disk
        return db

    monkeypatch.setattr("sqlite3.connect", on_a_full_disk)
    with pytest.raises(SpoolFullError, match="disk is full"):
        kept.append(*placements(200))

    assert kept.count() == (1, 0)


def test_refused_events_beyond_their_limit_are_deleted_oldest_first(tmp_path: Path) -> None:
    events = placements(5)
    kept = Spool(tmp_path / "spool.db", refused_max=3)
    kept.append(*events)
    record(kept, *[REFUSED] * 5)

    assert [event.id for event in kept.refused()] == [each.id for each in events[2:]]


def test_only_its_owner_can_read_the_spool(tmp_path: Path) -> None:
    Spool(tmp_path / "spool.db").append(*placements(1))

    assert (tmp_path / "spool.db").stat().st_mode & 0o777 == 0o600


def test_one_sender_sends_at_a_time(tmp_path: Path) -> None:
    kept = Spool(tmp_path / "spool.db", lock_timeout_s=0.05)
    with kept.sender_lock() as first, kept.sender_lock() as second:
        pass
    with kept.sender_lock() as third:
        pass

    assert (first, second, third) == (True, False, True)


def test_processes_that_append_concurrently_lose_nothing_and_keep_their_order(
    installed: Path, tmp_path: Path
) -> None:
    file = tmp_path / "spool.db"
    arguments = ("http://nowhere", "nes", "nowhere.pem", str(file))
    with ExitStack() as stack:
        writers = [
            stack.enter_context(partner_process(installed, "append_and_end", arguments))
            for _ in range(3)
        ]
        reported = [writer.remaining_lines() for writer in writers]
    kept = [event.id for event in Spool(file).waiting()]

    assert [len(ids) for ids in reported] == [MANY] * 3
    assert len(kept) == 3 * MANY
    assert [[one for one in kept if one in ids] for ids in map(set, reported)] == reported


def test_appended_events_survive_a_kill_at_any_instant(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "spool.db"
    arguments = ("http://nowhere", "nes", "nowhere.pem", str(file))
    reported: list[str] = []
    for count in (5, 12):
        with partner_process(installed, "append", arguments) as process:
            reported += process.read_lines(count)
            reported += process.kill()
    kept = [event.id for event in Spool(file).waiting()]

    assert set(reported) <= set(kept)
    assert [each for each in kept if each in set(reported)] == reported
