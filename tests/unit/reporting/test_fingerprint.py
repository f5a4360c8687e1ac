"""The fingerprint changes with the meaning of definitions, and names the part that changed."""

from dataclasses import replace
from typing import Literal

import pytest

from schemas.bilingual_text import BilingualText
from schemas.catalogue import EVENTS
from schemas.code_lists import code_list
from schemas.events.event import Event
from schemas.events.matching import PlacementMade
from services.reporting.domain.dimensions import SEX
from services.reporting.domain.history import History
from services.reporting.domain.indicator import (
    Basis,
    CountedFacts,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    MeasureUnit,
    PlaceRule,
    Unit,
)
from services.reporting.indicators import CATALOGUE
from services.reporting.indicators.mi13_placed_and_retained import MI_13
from services.reporting.projection.fingerprint import (
    CODE_LISTS,
    DefinitionPart,
    changes,
    code_list_part,
    definition_parts,
    definitions_fingerprint,
    dump_parts,
    event_part,
    fingerprint_of,
    in_one_line,
    indicator_part,
    load_parts,
)

PARTS = definition_parts()
TYPE = "matching.placement.started.v1"
PLACED = MI_13.measures[0]


def with_first(measure: Measure) -> Indicator:
    """Return MI-13 with another first measure."""
    return replace(MI_13, measures=(measure, *MI_13.measures[1:]))


MEANING = {
    "version": replace(MI_13, version=MI_13.version + 1),
    "place": replace(MI_13, place_rule=PlaceRule.RESIDENCE),
    "a split removed": replace(MI_13, splits=MI_13.splits[1:]),
    "a split overlaps": replace(
        MI_13, splits=(replace(SEX, is_overlapping=True), *MI_13.splits[1:])
    ),
    "a measure removed": replace(MI_13, measures=MI_13.measures[1:]),
    "name of a measure": with_first(replace(PLACED, name="employed")),
    "kind": with_first(replace(PLACED, kind=MeasureKind.COHORT)),
    "class": with_first(replace(PLACED, disclosure=Disclosure.C)),
    "days until it settles": with_first(replace(PLACED, settle_days=7)),
    "sum": with_first(replace(PLACED, sums_amount=True)),
    "basis": with_first(replace(PLACED, basis=Basis.CONSENT)),
    "what is counted": with_first(replace(PLACED, of=())),
    "series": replace(MI_13, series_prefix="survey_"),
}


@pytest.mark.parametrize("name", MEANING)
def test_another_declaration_makes_another_part(name: str) -> None:
    assert indicator_part(MEANING[name]) != indicator_part(MI_13)


def test_texts_and_names_in_the_code_make_no_other_part() -> None:
    def renamed(_: History) -> CountedFacts:
        """Count nothing: a change of a rule shows in the version only."""
        return []

    text = BilingualText(sr="друге речи", en="other words")
    reworded = replace(
        with_first(replace(PLACED, rule=renamed, title=text, unit=MeasureUnit(Unit.PERSONS, text))),
        title=text,
        sentence=text,
        numerator=text,
        denominator=text,
        clock=text,
        caveat=text,
        splits=MI_13.splits[::-1],
    )

    assert indicator_part(reworded) == indicator_part(MI_13)


def test_every_definition_event_and_list_is_a_part() -> None:
    assert PARTS.keys() == {
        "common rules",
        *(indicator.id for indicator in CATALOGUE),
        *(f"event {event.TYPE}" for event in EVENTS),
        *(f"list {name}" for name in CODE_LISTS),
    }


@pytest.mark.parametrize("name", sorted(PARTS))
def test_the_fingerprint_changes_with_every_part(name: str) -> None:
    other = {**PARTS, name: PARTS[name]._replace(version=99)}
    without = {each: part for each, part in PARTS.items() if each != name}

    assert fingerprint_of(PARTS) == definitions_fingerprint()
    assert len({fingerprint_of(parts) for parts in (PARTS, other, without)}) == 3


def test_the_order_of_the_parts_does_not_matter() -> None:
    assert fingerprint_of(dict(sorted(PARTS.items(), reverse=True))) == definitions_fingerprint()


@pytest.mark.parametrize("name", CODE_LISTS)
def test_the_part_of_a_list_depends_on_its_rows_and_not_on_its_file(name: str) -> None:
    listed = code_list(name)
    reordered = [dict(sorted(row.items(), reverse=True)) for row in reversed(listed)]
    moved = [{**listed[0], "code": "00000"}, *listed[1:]]

    assert code_list_part(reordered) == code_list_part(listed) == PARTS[f"list {name}"]
    assert code_list_part(moved) != code_list_part(listed)
    assert code_list_part(listed[1:]) != code_list_part(listed)


def test_a_municipality_that_counts_for_another_council_changes_its_list() -> None:
    listed = code_list("municipalities")
    child = next(row for row in listed if row["parent_code"])
    moved = [{**row, "parent_code": "70998"} if row is child else row for row in listed]

    assert code_list_part(moved) != code_list_part(listed)


class Started(Event, type=TYPE):
    """Work began."""

    kind: Literal["public_works", "seasonal"]


class Began(Event, type=TYPE):
    """The same fields, in another class with another description."""

    kind: Literal["seasonal", "public_works"]


class MayBegin(Event, type=TYPE):
    """Work began."""

    kind: Literal["public_works", "seasonal", "internship"]


class Optional(Event, type=TYPE):
    """Work began."""

    kind: Literal["public_works", "seasonal"] = "seasonal"


def test_the_part_of_an_event_depends_on_its_fields_and_not_on_its_texts() -> None:
    assert event_part(Began) == event_part(Started)
    assert len({event_part(event) for event in (Started, MayBegin, Optional)}) == 3
    assert event_part(PlacementMade) == PARTS[f"event {PlacementMade.TYPE}"]


def test_parts_are_loaded_as_they_were_dumped() -> None:
    assert load_parts(dump_parts(PARTS)) == PARTS


def test_changes_name_definitions_and_versions() -> None:
    first = DefinitionPart(1, "a")
    before = {"MI-00": first, "MI-01": first, "MI-02": DefinitionPart(3, "a")}
    after = {"MI-01": first._replace(version=2), "MI-02": DefinitionPart(3, "b"), "MI-03": first}

    changed = changes(before, after)

    assert changed == [
        "MI-00: removed",
        "MI-01: version 1 → 2",
        "MI-02: declaration changed",
        "MI-03: added",
    ]
    assert in_one_line(changed) == (
        "MI-00: removed; MI-01: version 1 → 2; MI-02: declaration changed; and 1 more"
    )
    assert changes(after, after) == []


def test_stored_entries_without_versions_are_reported_as_such() -> None:
    assert changes({}, PARTS) == ["the stored entries name no versions of definitions"]
