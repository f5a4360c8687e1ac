"""Which events of a batch are new facts, duplicates or conflicts; one rule for live and rebuild."""

from datetime import UTC, datetime

import pytest

from runtime.messaging.records import Record
from schemas.envelope import Envelope
from schemas.events.event import Event
from services.reporting.projection.decode import DecodedEvent
from services.reporting.projection.deduplicate import deduplicate
from services.reporting.projection.repository import ExistingFact

JANUARY, FEBRUARY = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
KEY = ("/partners/nes", "e-1")


def decoded(offset: int, digest: bytes, recorded_at: datetime = FEBRUARY) -> DecodedEvent:
    """Return an event of the key KEY with this content."""
    record = Record("registration-events", 0, offset, b"p-1", b"{}", 0)
    envelope: Envelope[Event] = Envelope(
        id=KEY[1],
        source=KEY[0],
        type="registration.person.enrolled.v1",
        subject="p-1",
        time=recorded_at,
        data=None,
        content={},
        factid=KEY[1],
        recordedtime=recorded_at,
    )
    return DecodedEvent(record, envelope, digest, recorded_at, "{}")


def test_of_one_key_the_first_content_in_the_log_counts() -> None:
    first, other = decoded(0, b"a"), decoded(1, b"b")

    batch = deduplicate([first, other], {}, {})

    assert batch.fresh == [first]
    assert batch.conflicts == [(other, b"a")]


@pytest.mark.parametrize(("recorded_at", "earlier"), [(JANUARY, {KEY: JANUARY}), (FEBRUARY, {})])
def test_equal_content_is_a_duplicate_that_may_have_been_recorded_earlier(
    recorded_at: datetime, earlier: dict[tuple[str, str], datetime]
) -> None:
    first, again = decoded(0, b"a"), decoded(1, b"a", recorded_at)

    batch = deduplicate([first, again], {}, {})

    assert (batch.fresh, batch.duplicates) == ([first], [again])
    assert batch.earlier == earlier


def test_a_stored_fact_makes_equal_content_a_duplicate_and_other_content_a_conflict() -> None:
    equal, other = decoded(0, b"a"), decoded(1, b"b")

    batch = deduplicate([equal, other], {}, {KEY: ExistingFact(b"a", FEBRUARY)})

    assert (batch.fresh, batch.duplicates) == ([], [equal])
    assert batch.conflicts == [(other, b"a")]


def test_content_that_was_refused_before_is_refused_again_and_the_next_one_counts() -> None:
    refused, kept = decoded(0, b"b"), decoded(1, b"a")

    batch = deduplicate([refused, kept], {KEY: {b"b"}}, {})

    assert batch.fresh == [kept]
    assert batch.conflicts == [(refused, None)]
