"""The pure rules of releases: versions, steps, differences and their reasons."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from schemas.events.matching import PlacementMade
from schemas.events.registration import PersonMerged
from schemas.periods import parse_period
from schemas.validation.problems import Refusal
from services.reporting.domain.history import Fact
from services.reporting.lineage.attribution import ChangeReason
from services.reporting.releases.change_reasons import facts_by_person, reasons_by_table
from services.reporting.releases.comparison import compare_values, differing_tables
from services.reporting.releases.model import (
    Release,
    ReleaseStep,
    ReleaseValue,
    StepTaken,
    canonical_decimal,
    closing_step,
    count_states,
    digest_of,
    draft_step,
    latest_approval,
    next_version,
    pending_measures,
    require_closed,
    require_draft,
    require_no_holds,
    require_open,
    require_other,
    require_unpublished,
)
from services.reporting.tables.table import Number, ValueState

from .builders import NIS, PROKUPLJE, P, Q, make_fact, make_retraction
from .test_tables_in_memory import table

AT = datetime(2023, 7, 20, 9, tzinfo=UTC)
PLACED = table("MI-13.placed", PROKUPLJE, "2023-03")
BY_KIND = replace(PLACED, split="kind")
RELEASE = Release(
    id="r-1",
    place=PROKUPLJE,
    period=parse_period("2023-06"),
    version=1,
    read_at=AT,
    projected_through=AT,
    tables=2,
    definitions_fingerprint=bytes(32),
    definitions={"MI-13": 1},
    positions=[("matching-events", 0, 7)],
)


def row(
    value: Number | None,
    state: ValueState = ValueState.VALUE,
    split: str = "total",
    bucket: str = "total",
) -> ReleaseValue:
    """Return a value of MI-13 `placed`."""
    return ReleaseValue("MI-13", "placed", split, bucket, value, state)


def steps(*facts: tuple[str, int, ReleaseStep]) -> list[StepTaken]:
    """Return steps of one person, one after the other."""
    return [StepTaken(release, version, step, "steward-1", AT) for release, version, step in facts]


CLOSED = steps(("a", 1, ReleaseStep.PREPARED), ("a", 1, ReleaseStep.APPROVED))


def test_only_what_is_approved_counts_as_a_version() -> None:
    rejected = steps(("a", 1, ReleaseStep.PREPARED), ("a", 1, ReleaseStep.REJECTED))
    replaced = steps(
        ("a", 1, ReleaseStep.PREPARED),
        ("a", 1, ReleaseStep.REPLACED),
        ("b", 1, ReleaseStep.PREPARED),
    )
    reopened = [*CLOSED, *steps(("a", 1, ReleaseStep.REOPENED))]

    assert [next_version(each) for each in ([], rejected, replaced)] == [1, 1, 1]
    assert [next_version(each) for each in (CLOSED, reopened)] == [2, 2]


def test_a_version_in_the_log_is_not_made_again() -> None:
    assert [next_version([], number) for number in (0, 1, 3)] == [1, 2, 4]
    assert [next_version(CLOSED, number) for number in (0, 1, 3)] == [2, 2, 4]

    require_unpublished(replace(RELEASE, version=4), 3)
    for number in (1, 2):
        with pytest.raises(Refusal):
            require_unpublished(RELEASE, number)


def test_one_release_waits_at_a_time() -> None:
    replaced = steps(
        ("a", 1, ReleaseStep.PREPARED),
        ("a", 1, ReleaseStep.REPLACED),
        ("b", 1, ReleaseStep.PREPARED),
    )

    waiting = draft_step(replaced)
    assert waiting is not None
    assert waiting.release == "b"
    assert draft_step(CLOSED) is None


def test_a_period_is_closed_until_it_is_reopened() -> None:
    reopened = [*CLOSED, *steps(("a", 1, ReleaseStep.REOPENED))]
    again = [*reopened, *steps(("b", 2, ReleaseStep.PREPARED), ("b", 2, ReleaseStep.APPROVED))]

    found = [closing_step(each) for each in (CLOSED, reopened, again)]
    assert [taken.version if taken else None for taken in found] == [1, None, 2]
    last = latest_approval(reopened)
    assert last is not None
    assert last.version == 1


def test_no_step_is_taken_out_of_order() -> None:
    reopened = [*CLOSED, *steps(("a", 1, ReleaseStep.REOPENED))]
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


def test_withheld_numbers_are_not_frozen() -> None:
    require_no_holds([row(1)])

    with pytest.raises(Refusal, match="MI-13 placed"):
        require_no_holds([row(1), row(None, ValueState.WITHHELD)])


def test_the_digest_matches_its_description() -> None:
    """The exact lines, so that anybody can compute it with other tools."""
    rows = [row(Decimal("12.50")), row(None, ValueState.NONE, "kind", "seasonal")]
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
    assert canonical_decimal(number) == digits


def test_a_summary_counts_states_and_names_what_may_still_grow() -> None:
    rows = [
        row(1),
        row(0, ValueState.ZERO, "kind", "seasonal"),
        row(2, ValueState.PENDING, "sex", "male"),
    ]

    assert count_states(rows) == {"pending": 1, "value": 1, "zero": 1}
    assert pending_measures(rows) == ["MI-13.placed"]


@pytest.mark.parametrize(
    ("frozen", "now", "differs"),
    [
        (row(2), row(2), False),
        (row(2), row(3), True),
        (row(2, ValueState.PENDING), row(2), False),
        (row(0, ValueState.PENDING), row(0, ValueState.ZERO), False),
        (row(None, ValueState.NONE), row(0, ValueState.ZERO), True),
        (row(2), row(None, ValueState.WITHHELD), False),
        (row(0, ValueState.ZERO), row(None, ValueState.SILENT), False),
        (row(2), row(None, ValueState.SILENT), True),
        (None, row(0, ValueState.ZERO), False),
        (None, row(1), True),
        (row(1), None, True),
        (row(None, ValueState.NONE), None, False),
    ],
)
def test_a_number_differs_if_it_has_changed(
    frozen: ReleaseValue | None, now: ReleaseValue | None, *, differs: bool
) -> None:
    found = compare_values([PLACED], [frozen] if frozen else [], [now] if now else [])

    assert [each.differs for each in found] == [differs]


def test_a_table_that_is_withheld_differs_in_none_of_its_buckets() -> None:
    frozen = [row(2, split="kind", bucket="seasonal"), row(1, split="kind", bucket="open_ended")]
    now = [row(None, ValueState.WITHHELD, "kind")]
    found = compare_values([BY_KIND], frozen, now)

    assert [each.bucket for each in found] == ["open_ended", "seasonal"]
    assert differing_tables(found) == []


def change_reasons(facts: list[Fact], since: datetime = AT) -> set[ChangeReason]:
    """Return why MI-13 `placed` changed."""
    found = [
        reasons_by_table([PLACED], facts, since).get(PLACED, set())
        for facts in facts_by_person(facts)
    ]
    return set().union(*found)


MADE = "matching.placement.made"
MARCH = "2023-03-02"


def later(fact: Fact) -> Fact:
    """Return the fact as if it had been recorded after the release was read."""
    return fact._replace(recorded_at=AT + timedelta(days=1))


def test_a_fact_recorded_before_is_no_reason() -> None:
    assert change_reasons([make_fact(PlacementMade, MARCH)]) == set()


def test_a_late_fact_is_the_reason_and_other_facts_of_the_person_are_not() -> None:
    early = make_fact(PlacementMade, "2024-01-02", factid="b")
    other = later(make_fact(PlacementMade, "2024-02-02", factid="b", revision=2))

    assert change_reasons([later(make_fact(PlacementMade, MARCH)), early, other]) == {
        ChangeReason.LATE
    }
    assert change_reasons([make_fact(PlacementMade, MARCH), early, other]) == set()


def test_a_fact_recorded_and_retracted_since_is_no_reason() -> None:
    made, back = make_fact(PlacementMade, MARCH, factid="a"), make_retraction(MADE, "a")
    later_still = back._replace(recorded_at=AT + timedelta(days=2))

    assert change_reasons([later(made), later_still]) == set()


def test_a_correction_to_another_council_is_the_reason() -> None:
    made = make_fact(PlacementMade, MARCH, factid="a")
    corrected = make_fact(PlacementMade, MARCH, factid="a", revision=2, municipality=NIS)

    assert change_reasons([made, later(corrected)]) == {ChangeReason.CORRECTION}


def test_a_retraction_is_the_reason() -> None:
    made = make_fact(PlacementMade, MARCH, factid="a")

    assert change_reasons([made, later(make_retraction(MADE, "a"))]) == {ChangeReason.RETRACTION}


def test_a_merge_of_two_counted_persons_is_the_reason() -> None:
    two = [make_fact(PlacementMade, MARCH, subject=P), make_fact(PlacementMade, MARCH, subject=Q)]
    merge = make_fact(PersonMerged, MARCH, subject=P)

    assert change_reasons([*two, later(merge)]) == {ChangeReason.MERGE}
    assert change_reasons([two[0], later(merge)]) == set()


def test_other_tables_have_reasons_of_their_own() -> None:
    made = make_fact(PlacementMade, MARCH, factid="a", kind="seasonal")
    lasting = later(make_fact(PlacementMade, MARCH, factid="a", revision=2, kind="open_ended"))
    found = reasons_by_table([PLACED, BY_KIND], [made, lasting], AT)

    assert found == {BY_KIND: {ChangeReason.CORRECTION}}
