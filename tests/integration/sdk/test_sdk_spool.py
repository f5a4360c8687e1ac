"""The spool on a real disk: order, room, and what is never written or forgotten."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from lmc_events import Envelope, Partner, Refusal, Result, Spool, SpoolFullError, check, spool
from lmc_events.schemas.envelope import to_bytes
from lmc_events.schemas.event import Event

from tests.integration.sdk.program import MANY, placed_by
from tests.integration.sdk.working import working

NES = Partner("nes", Path("nowhere.pem"))
JMBG = "0710003730015"
BYTES_MAX = 40_000
PAGE_BYTES = 4096
ACCEPTED = Result(status="accepted")
REFUSED = Result(status="refused", code="E1402", path="$.type", detail="You have no grant.")


def placements(count: int) -> Sequence[Envelope[Event]]:
    """So many placements, not spooled yet."""
    return [placed_by(NES) for _ in range(count)]


def append_each(kept: Spool, count: int) -> None:
    """Append so many placements one by one."""
    for each in placements(count):
        kept.append(each)


def settled(kept: Spool, *results: Result) -> None:
    """Let the door have judged the oldest events."""
    kept.settle(list(zip(kept.waiting(len(results)), results, strict=True)))


def test_events_wait_in_the_order_of_appending_until_they_are_settled(tmp_path: Path) -> None:
    said = placements(4)
    kept = Spool(tmp_path / "spool.db")
    kept.append(said[0])
    kept.append(*said[1:])
    settled(kept, ACCEPTED)

    assert [event.id for event in Spool(tmp_path / "spool.db").waiting()] == [
        each.id for each in said[1:]
    ]


def test_a_refused_event_is_kept_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    said = placements(3)
    kept = Spool(tmp_path / "spool.db")
    kept.append(*said)
    settled(kept, ACCEPTED, REFUSED)
    [refused] = kept.refused()

    assert (refused.id, refused.code, refused.path) == (said[1].id, "E1402", "$.type")
    assert check(refused.body) == said[1]
    assert [event.id for event in kept.waiting()] == [said[2].id]


def test_a_requeued_event_waits_in_its_old_place_and_a_discarded_one_is_gone(
    tmp_path: Path,
) -> None:
    said = placements(3)
    kept = Spool(tmp_path / "spool.db")
    kept.append(*said[:2])
    settled(kept, REFUSED, REFUSED)
    kept.append(said[2])
    first, second = kept.refused()
    kept.requeue(first.number)
    kept.discard(second.number)

    assert [event.id for event in kept.waiting()] == [said[0].id, said[2].id]
    assert kept.count() == (2, 0)


def test_events_that_no_door_would_take_are_refused_before_anything_is_kept(tmp_path: Path) -> None:
    said = placements(2)
    kept = Spool(tmp_path / "spool.db")
    bad = to_bytes(said[1]).replace(said[1].id.encode(), JMBG.encode())
    with pytest.raises(Refusal, match="E1201"):
        kept.append(said[0], bad)

    assert kept.count() == (0, 0)
    assert not any(JMBG.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_a_code_that_may_be_declared_at_the_door_is_left_to_the_door(tmp_path: Path) -> None:
    own = placed_by(NES, programmes=("OUR-OWN",))
    kept = Spool(tmp_path / "spool.db")
    kept.append(own)

    assert [event.id for event in kept.waiting()] == [own.id]


def test_a_full_spool_says_so_drops_nothing_and_takes_more_when_some_are_sent(
    tmp_path: Path,
) -> None:
    kept = Spool(tmp_path / "spool.db", bytes_max=BYTES_MAX)
    with pytest.raises(SpoolFullError, match=r"\d+ events wait in .*spool\.db and 0 were refused"):
        append_each(kept, 1000)
    count, refused = kept.count()
    size = (tmp_path / "spool.db").stat().st_size
    settled(kept, *[ACCEPTED] * 20)
    append_each(kept, 10)

    assert refused == 0
    assert BYTES_MAX / 2 < size <= BYTES_MAX + PAGE_BYTES
    assert kept.count() == (count - 10, 0)


def test_a_full_disk_says_so_and_leaves_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Spool(tmp_path / "spool.db")
    kept.append(*placements(1))
    connect = sqlite3.connect

    def on_a_full_disk(*arguments: str, **named: float | None) -> sqlite3.Connection:
        db: sqlite3.Connection = connect(*arguments, **named)  # type: ignore[call-overload] # passed on
        db.execute("PRAGMA max_page_count = 1")  # SQLite's own way to run out of room
        return db

    monkeypatch.setattr("sqlite3.connect", on_a_full_disk)
    with pytest.raises(SpoolFullError, match="disk is full"):
        kept.append(*placements(200))

    assert kept.count() == (1, 0)


def test_refused_events_beyond_their_bound_are_forgotten_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "REFUSED_MAX", 3)
    said = placements(5)
    kept = Spool(tmp_path / "spool.db")
    kept.append(*said)
    settled(kept, *[REFUSED] * 5)

    assert [event.id for event in kept.refused()] == [each.id for each in said[2:]]


def test_the_spool_is_its_owners_alone(tmp_path: Path) -> None:
    Spool(tmp_path / "spool.db").append(*placements(1))

    assert (tmp_path / "spool.db").stat().st_mode & 0o777 == 0o600


def test_one_sender_sends_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LOCK_S", 0.05)
    file = tmp_path / "spool.db"
    with Spool(file).sole_sender() as first, Spool(file).sole_sender() as second:
        pass
    with Spool(file).sole_sender() as third:
        pass

    assert (first, second, third) == (True, False, True)


def test_processes_that_append_at_once_lose_nothing_and_keep_their_own_orders(
    installed: Path, tmp_path: Path
) -> None:
    file = tmp_path / "spool.db"
    arguments = ("http://nowhere", "nes", "nowhere.pem", str(file))
    with ExitStack() as stack:
        writers = [
            stack.enter_context(working(installed, "append_and_end", arguments)) for _ in range(3)
        ]
        told = [writer.rest() for writer in writers]
    kept = [event.id for event in Spool(file).waiting()]

    assert [len(ids) for ids in told] == [MANY] * 3
    assert len(kept) == 3 * MANY
    assert [[one for one in kept if one in ids] for ids in map(set, told)] == told


def test_what_was_appended_outlives_a_kill_at_any_instant(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "spool.db"
    arguments = ("http://nowhere", "nes", "nowhere.pem", str(file))
    told: list[str] = []
    for count in (5, 12):
        with working(installed, "append", arguments) as process:
            told += process.hear(count)
            told += process.kill()
    kept = [event.id for event in Spool(file).waiting()]

    assert set(told) <= set(kept)
    assert [each for each in kept if each in set(told)] == told
