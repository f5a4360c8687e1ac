"""Facts, people and places in the reference, each by a case worked out by hand."""

from tests.properties.reference_queries import buckets, counted, days, towns
from tests.reference.builders import (
    ANA,
    BOBAN,
    CECA,
    NIS,
    NOVI_SAD,
    OLD_NOVI_SAD,
    PETROVARADIN,
    PROKUPLJE,
    correct,
    make_event,
    retract,
)
from tests.reference.fold import entries_of

PLACED = make_event("matching.placement.made", "2023-03-02")
MERGED = make_event("registration.person.merged", "2023-05-01", ANA, **{"with": BOBAN})


def test_a_fact_recorded_again_with_a_higher_revision_than_its_retraction_counts() -> None:
    corrected = correct(PLACED, 3, on="2023-03-05")

    assert days([corrected, retract(PLACED, 2), PLACED], "MI-13.placed") == ["2023-03-05"]


def test_a_retraction_has_precedence_over_a_fact_of_the_same_revision() -> None:
    assert entries_of([correct(PLACED, 2), retract(PLACED, 2)]) == []


def test_a_retraction_of_revision_2_does_not_retract_revision_3() -> None:
    assert len(counted([retract(PLACED, 2), correct(PLACED, 3)], "MI-13.placed")) == 1


def test_of_equal_revisions_the_greater_id_counts() -> None:
    early = correct(PLACED, 2, on="2023-04-01") | {"id": "a"}
    late = correct(PLACED, 2, on="2023-04-02") | {"id": "b"}

    assert days([late, early, PLACED], "MI-13.placed") == ["2023-04-02"]


def test_the_same_factid_from_another_source_is_another_fact() -> None:
    other = make_event("matching.placement.made", "2023-03-02", source="/partners/nes")

    assert len(counted([PLACED, other, retract(PLACED)], "MI-13.placed")) == 1


def test_merged_codes_are_one_subject_named_by_the_least() -> None:
    other = make_event("matching.placement.made", "2023-06-01", BOBAN)

    assert {entry.subject for entry in entries_of([other, MERGED, PLACED])} == {ANA}


def test_merges_work_in_chains_and_without_direction() -> None:
    chain = make_event("registration.person.merged", "2023-05-01", CECA, **{"with": BOBAN})
    placed = make_event("matching.placement.made", "2023-06-01", CECA)

    assert {entry.subject for entry in entries_of([chain, placed, MERGED])} == {ANA}


def test_a_retracted_merge_undoes_it() -> None:
    events = [
        PLACED,
        MERGED,
        make_event("matching.placement.made", "2023-06-01", BOBAN),
        retract(MERGED),
    ]

    assert {entry.subject for entry in entries_of(events)} == {ANA, BOBAN}


def test_a_corrected_merge_links_the_other_code() -> None:
    events = [MERGED, correct(MERGED, 2, **{"with": CECA})]
    events += [make_event("matching.placement.made", "2023-06-01", who) for who in (BOBAN, CECA)]

    assert {entry.subject for entry in entries_of(events)} == {ANA, BOBAN}


def test_attributes_come_from_the_first_block_if_none_is_early_enough() -> None:
    blocks = [
        make_event("registration.person.enrolled", "2023-06-01", sex="male", factid="1"),
        make_event("registration.person.enrolled", "2023-07-01", sex="female", factid="2"),
    ]

    assert buckets([PLACED, *blocks], "MI-13.placed", "sex") == {"male"}


def test_a_block_of_the_same_day_decides_for_a_fact_of_that_day() -> None:
    block = make_event("registration.person.enrolled", "2023-03-02", sex="male", factid="2")
    first = make_event("registration.person.enrolled", "2023-01-01", factid="1")

    assert buckets([PLACED, block, first], "MI-13.placed", "sex") == {"male"}


def test_without_a_block_the_person_is_unknown() -> None:
    found = {
        split: buckets([PLACED], "MI-13.placed", split)
        for split in ("sex", "age", "youth", "returnee", "group")
    }

    assert set(map(tuple, found.values())) == {("unknown",)}


def test_empty_groups_and_programmes_are_none_stated() -> None:
    events = [PLACED, make_event("registration.person.enrolled", "2023-01-01", groups=[])]

    assert buckets(events, "MI-13.placed", "group") == {"none_stated"}
    assert buckets(events, "MI-13.placed", "programme") == {"none_stated"}


def test_the_age_counts_the_month_of_birth_and_is_never_negative() -> None:
    ages = {
        (year, month): buckets(
            [
                PLACED,
                make_event("registration.person.enrolled", "2023-01-01", birth_year=year, **month_),
            ],
            "MI-13.placed",
            "age",
        )
        for year, month, month_ in [
            (2003, 3, {"birth_month": 3}),
            (2003, 4, {"birth_month": 4}),
            (2003, 0, {}),
            (1958, 4, {"birth_month": 4}),
            (1958, 3, {"birth_month": 3}),
            (2023, 4, {"birth_month": 4}),
        ]
    }

    assert ages == {
        (2003, 3): {"20-24"},
        (2003, 4): {"15-19"},
        (2003, 0): {"20-24"},
        (1958, 4): {"50-64"},
        (1958, 3): {"65+"},
        (2023, 4): {"unknown"},
    }


def test_youth_is_16_to_30() -> None:
    found = {
        year: buckets(
            [PLACED, make_event("registration.person.enrolled", "2023-01-01", birth_year=year)],
            "MI-13.placed",
            "youth",
        )
        for year in (1992, 1993, 2007, 2008, 2024)
    }

    assert found == {1992: {"no"}, 1993: {"yes"}, 2007: {"yes"}, 2008: {"no"}, 2024: {"unknown"}}


def test_only_the_residence_survives_a_later_block() -> None:
    events = [
        make_event("registration.person.enrolled", "2023-01-01", residence=NIS, factid="1"),
        make_event("registration.person.enrolled", "2023-02-01", factid="2"),
        make_event("registration.departure.declared", "2023-03-01"),
    ]

    assert towns(events, "MI-10.departed") == [NIS]


def test_before_the_first_residence_of_a_block_that_one_counts_and_no_move() -> None:
    events = [
        make_event("registration.departure.declared", "2023-03-01"),
        make_event("registration.person.moved", "2023-04-01", residence=NOVI_SAD, factid="1"),
        make_event("registration.person.enrolled", "2023-05-01", residence=NIS, factid="2"),
    ]

    assert towns(events[:2], "MI-10.departed") == [PROKUPLJE]
    assert towns(events, "MI-10.departed") == [NIS]


def test_a_move_has_precedence_over_a_block_of_the_same_day() -> None:
    events = [
        make_event("registration.person.moved", "2023-03-01", residence=NIS),
        make_event("registration.person.enrolled", "2023-03-01", residence=PROKUPLJE),
        make_event("registration.departure.declared", "2023-03-01"),
    ]

    assert towns(events, "MI-10.departed") == [NIS]


def test_without_a_residence_the_town_of_the_fact_counts() -> None:
    assert towns(
        [make_event("registration.departure.declared", "2023-03-01")], "MI-10.departed"
    ) == [PROKUPLJE]


def test_aliases_and_city_municipalities_roll_up() -> None:
    events = [
        make_event("registration.returnee.registered", "2023-03-01", factid=code, municipality=code)
        for code in (OLD_NOVI_SAD, PETROVARADIN, NOVI_SAD, "71331")
    ]

    assert towns(events, "MI-05.registered") == [NIS, NOVI_SAD, NOVI_SAD, NOVI_SAD]
