"""Closing without a database: versions, who may take which step, what differs and why."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from schemas.matching import PlacementMade
from schemas.periods import parse
from schemas.problem import Refusal
from schemas.registration import PersonMerged
from services.reporting.closing.comparing import compared, differing
from services.reporting.closing.model import (
    Release,
    Row,
    Step,
    Taken,
    closed,
    digest_of,
    draft,
    latest,
    next_version,
    pending,
    plain,
    require_closed,
    require_draft,
    require_open,
    require_other,
    require_undoubted,
    require_unsaid,
    states,
)
from services.reporting.closing.reasons import reasons, together
from services.reporting.counting.history import Fact
from services.reporting.explaining.changes import Reason
from services.reporting.tables.table import Number, State

from .telling import NIS, PROKUPLJE, P, Q, retracted, said
from .test_tables_in_memory import table

AT = datetime(2023, 7, 20, 9, tzinfo=UTC)
PLACED = table("MI-13.placed", PROKUPLJE, "2023-03")
BY_KIND = replace(PLACED, split="kind")
RELEASE = Release(
    id="r-1",
    place=PROKUPLJE,
    period=parse("2023-06"),
    version=1,
    read_at=AT,
    folded_to=AT,
    tables=2,
    catalogue_digest=bytes(32),
    definitions={"MI-13": 1},
    positions=[("matching-events", 0, 7)],
)


def row(
    value: Number | None, state: State = State.VALUE, split: str = "total", bucket: str = "total"
) -> Row:
    """A number of MI-13 `placed`."""
    return Row("MI-13", "placed", split, bucket, value, state)


def steps(*told: tuple[str, int, Step]) -> list[Taken]:
    """Steps of one person, one after the other."""
    return [Taken(release, version, step, "steward-1", AT) for release, version, step in told]


CLOSED = steps(("a", 1, Step.PREPARED), ("a", 1, Step.APPROVED))


def test_only_what_is_approved_counts_as_a_version() -> None:
    rejected = steps(("a", 1, Step.PREPARED), ("a", 1, Step.REJECTED))
    replaced = steps(("a", 1, Step.PREPARED), ("a", 1, Step.REPLACED), ("b", 1, Step.PREPARED))
    reopened = [*CLOSED, *steps(("a", 1, Step.REOPENED))]

    assert [next_version(each) for each in ([], rejected, replaced)] == [1, 1, 1]
    assert [next_version(each) for each in (CLOSED, reopened)] == [2, 2]


def test_a_version_that_the_log_names_is_not_made_again() -> None:
    assert [next_version([], number) for number in (0, 1, 3)] == [1, 2, 4]
    assert [next_version(CLOSED, number) for number in (0, 1, 3)] == [2, 2, 4]

    require_unsaid(replace(RELEASE, version=4), 3)
    for number in (1, 2):
        with pytest.raises(Refusal):
            require_unsaid(RELEASE, number)


def test_one_release_waits_at_a_time() -> None:
    replaced = steps(("a", 1, Step.PREPARED), ("a", 1, Step.REPLACED), ("b", 1, Step.PREPARED))

    waiting = draft(replaced)
    assert waiting is not None
    assert waiting.release == "b"
    assert draft(CLOSED) is None


def test_a_period_is_closed_until_it_is_reopened() -> None:
    reopened = [*CLOSED, *steps(("a", 1, Step.REOPENED))]
    again = [*reopened, *steps(("b", 2, Step.PREPARED), ("b", 2, Step.APPROVED))]

    found = [closed(each) for each in (CLOSED, reopened, again)]
    assert [taken.version if taken else None for taken in found] == [1, None, 2]
    last = latest(reopened)
    assert last is not None
    assert last.version == 1


def test_no_step_is_taken_out_of_turn() -> None:
    reopened = [*CLOSED, *steps(("a", 1, Step.REOPENED))]
    for refuse in (
        lambda: require_open(CLOSED),
        lambda: require_draft("a", CLOSED),
        lambda: require_draft("a", reopened),
        lambda: require_closed(reopened),
        lambda: require_closed([]),
    ):
        with pytest.raises(Refusal, match="E1302"):
            refuse()
    require_open(reopened)


def test_whoever_prepared_does_not_approve() -> None:
    waiting = CLOSED[0]
    require_other(waiting, "approver-1")

    with pytest.raises(Refusal, match="E1402"):
        require_other(waiting, "steward-1")


def test_nothing_is_frozen_that_is_in_doubt() -> None:
    require_undoubted([row(1)])

    with pytest.raises(Refusal, match="MI-13 placed"):
        require_undoubted([row(1), row(None, State.WITHHELD)])


def test_the_digest_is_what_its_description_says() -> None:
    """The very lines, so that anybody can compute it anew with other tools."""
    rows = [row(Decimal("12.50")), row(None, State.NONE, "kind", "seasonal")]
    head = '["lmc-release-1","70998","2023-06",1,"' + "00" * 32 + '"]\n'
    lines = (
        head
        + '["MI-13","placed","kind","seasonal",null,"none"]\n'
        + '["MI-13","placed","total","total","12.5","value"]\n'
    )

    assert digest_of(RELEASE, rows) == hashlib.sha256(lines.encode()).digest()


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        (None, None),
        (0, "0"),
        (Decimal("0.00"), "0"),
        (100, "100"),
        (Decimal("1E+2"), "100"),
        (12.5, "12.5"),
        (Decimal("68.5000"), "68.5"),
    ],
)
def test_equal_numbers_are_written_alike(number: Number | None, digits: str | None) -> None:
    assert plain(number) == digits


def test_a_summary_counts_states_and_names_what_may_still_grow() -> None:
    rows = [row(1), row(0, State.ZERO, "kind", "seasonal"), row(2, State.PENDING, "sex", "male")]

    assert states(rows) == {"pending": 1, "value": 1, "zero": 1}
    assert pending(rows) == ["MI-13.placed"]


@pytest.mark.parametrize(
    ("frozen", "now", "differs"),
    [
        (row(2), row(2), False),
        (row(2), row(3), True),
        (row(2, State.PENDING), row(2), False),
        (row(0, State.PENDING), row(0, State.ZERO), False),
        (row(None, State.NONE), row(0, State.ZERO), True),
        (row(2), row(None, State.WITHHELD), False),
        (row(0, State.ZERO), row(None, State.SILENT), False),
        (row(2), row(None, State.SILENT), True),
        (None, row(0, State.ZERO), False),
        (None, row(1), True),
        (row(1), None, True),
        (row(None, State.NONE), None, False),
    ],
)
def test_a_number_differs_if_it_is_another_one(
    frozen: Row | None, now: Row | None, *, differs: bool
) -> None:
    found = compared([PLACED], [frozen] if frozen else [], [now] if now else [])

    assert [each.differs for each in found] == [differs]


def test_a_table_that_is_withheld_differs_in_none_of_its_buckets() -> None:
    frozen = [row(2, split="kind", bucket="seasonal"), row(1, split="kind", bucket="open_ended")]
    now = [row(None, State.WITHHELD, "kind")]
    found = compared([BY_KIND], frozen, now)

    assert [each.bucket for each in found] == ["open_ended", "seasonal"]
    assert differing(found) == []


def why(facts: list[Fact], since: datetime = AT) -> set[Reason]:
    """Why MI-13 `placed` changed."""
    found = [reasons([PLACED], told, since).get(PLACED, set()) for told in together(facts)]
    return set().union(*found)


MADE = "matching.placement.made"
MARCH = "2023-03-02"


def later(fact: Fact) -> Fact:
    """The fact as if it had been recorded after the release was read."""
    return fact._replace(recorded_at=AT + timedelta(days=1))


def test_what_was_recorded_before_is_no_reason() -> None:
    assert why([said(PlacementMade, MARCH)]) == set()


def test_a_late_fact_is_the_reason_and_not_what_else_was_said_of_the_person() -> None:
    early = said(PlacementMade, "2024-01-02", factid="b")
    other = later(said(PlacementMade, "2024-02-02", factid="b", revision=2))

    assert why([later(said(PlacementMade, MARCH)), early, other]) == {Reason.LATE}
    assert why([said(PlacementMade, MARCH), early, other]) == set()


def test_what_came_and_was_taken_back_since_is_no_reason() -> None:
    made, back = said(PlacementMade, MARCH, factid="a"), retracted(MADE, "a")
    wednesday = back._replace(recorded_at=AT + timedelta(days=2))

    assert why([later(made), wednesday]) == set()


def test_a_correction_that_leaves_for_another_town_is_the_reason() -> None:
    made = said(PlacementMade, MARCH, factid="a")
    moved = said(PlacementMade, MARCH, factid="a", revision=2, municipality=NIS)

    assert why([made, later(moved)]) == {Reason.CORRECTION}


def test_a_retraction_is_the_reason() -> None:
    made = said(PlacementMade, MARCH, factid="a")

    assert why([made, later(retracted(MADE, "a"))]) == {Reason.RETRACTION}


def test_a_merge_of_two_who_both_count_is_the_reason() -> None:
    two = [said(PlacementMade, MARCH, subject=P), said(PlacementMade, MARCH, subject=Q)]
    merge = said(PersonMerged, MARCH, subject=P)

    assert why([*two, later(merge)]) == {Reason.MERGE}
    assert why([two[0], later(merge)]) == set()


def test_other_tables_have_reasons_of_their_own() -> None:
    made = said(PlacementMade, MARCH, factid="a", kind="seasonal")
    lasting = later(said(PlacementMade, MARCH, factid="a", revision=2, kind="open_ended"))
    found = reasons([PLACED, BY_KIND], [made, lasting], AT)

    assert found == {BY_KIND: {Reason.CORRECTION}}
