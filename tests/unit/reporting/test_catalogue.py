"""The catalogue is complete and agrees with the specification."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from schemas.bilingual_text import BilingualText
from services.reporting import indicators
from services.reporting.domain.indicator import (
    Basis,
    DefinitionStatus,
    Disclosure,
    Indicator,
    Measure,
    MeasureKind,
    PlaceRule,
)

from .builders import DEFINITIONS

IDS = [f"MI-{n:02}" for n in range(1, 14)] + [f"PI-{n:02}" for n in (*range(1, 15), 17)]
CYRILLIC = re.compile(r"[а-шђјљњћџ]", re.IGNORECASE)
LATIN_WORD = re.compile(r"[A-Za-zčćžšđ]{2,}")

EXACT = {
    "MI-01.jobseekers",
    "MI-01.positions",
    "MI-01.notified",
    "MI-02.due",
    "MI-05.registered",
    "MI-10.departed",
    "MI-13.placed",
    *(f"PI-{n:02}.persons" for n in (1, 2, 3, 4, 5, 6, 7, 8, 10)),
}
SPLITS = {
    "MI-01": "occupation",
    "MI-02": "occupation sector",
    "MI-03": "",
    "MI-04": "sex age qualification",
    "MI-05": "sex age modality country household qualification",
    "MI-06": "sex age modality",
    "MI-07": "sex age modality",
    "MI-08": "",
    "MI-09": "sex group",
    "MI-10": "sex age horizon qualification",
    "MI-11": "sex age",
    "MI-12": "sex age youth group",
    "MI-13": "sex age youth returnee group kind employer_kind sector occupation programme",
    "PI-01": "sex age returnee group programme",
    "PI-02": "sex age youth returnee group programme",
    "PI-03": "sex age trade certificate programme",
    "PI-04": "sex age programme",
    "PI-05": "sex age programme",
    "PI-06": "sex age sector programme",
    "PI-07": "sex age returnee programme",
    "PI-08": "sex age returnee helped_by programme",
    "PI-09": "sex age programme",
    "PI-10": "sex age programme",
    "PI-11": "",
    "PI-12": "",
    "PI-13": "",
    "PI-17": "",
    "PI-14": "",
}
TITLES = {
    "MI-01": "Jobseekers per open vacancy",
    "MI-02": "Vacancies unfilled after 60 days",
    "MI-03": "Movement of the highly qualified (registered part)",
    "MI-04": "Skills brought home and used",
    "MI-05": "Registered returnees",
    "MI-06": "Assessed and referred within 30 days",
    "MI-07": "Sustained return at 6 and 12 months",
    "MI-08": "Foreign nationals with a valid single permit or work permit",
    "MI-09": "Resident migrants in work, training or school",
    "MI-10": "Registered departures for work",
    "MI-11": "Potential migrants counselled; intention to leave",
    "MI-12": "Hard-to-employ reached by a service or measure",
    "MI-13": "Placed, and still employed after 6 months",
    "PI-01": "Persons covered by services",
    "PI-02": "Took part in training or job-search support",
    "PI-03": "Completed vocational training",
    "PI-04": "Completed elementary education as adults",
    "PI-05": "Back in school",
    "PI-06": "Own business started",
    "PI-07": "Employed through mediation",
    "PI-08": "Registered as jobseekers with a partner's help",
    "PI-09": "Engaged in public works",
    "PI-10": "Employed after work practice",
    "PI-11": "Survey results",
    "PI-12": "Employers surveyed, interested",
    "PI-13": "Equipment donated",
    "PI-14": "Days from registration to first service, first job",
    "PI-17": "The place in figures",
}
CATEGORIES = {
    "labour supply and demand": ("MI-01", "MI-02"),
    "brain circulation": ("MI-03", "MI-04"),
    "monitoring of returns": ("MI-05", "MI-06", "MI-07"),
    "labour migrants in serbia": ("MI-08", "MI-09"),
    "serbian labour migrants abroad": ("MI-10", "MI-11"),
    "social inclusion": ("MI-12", "MI-13"),
    "programme results": tuple(f"PI-{n:02}" for n in range(1, 15)),
    "the place in figures": ("PI-17",),
}
READ_TOGETHER = {
    ("ratio", "MI-01", "jobseekers", "positions"),
    ("share", "MI-02", "unfilled", "due"),
    ("difference", "MI-03", "in", "out"),
    ("share", "MI-04", "used", "due"),
    ("share", "MI-06", "done", "due"),
    *(
        ("share", "MI-07", f"m{months}_{outcome}", f"m{months}_due")
        for months in (6, 12)
        for outcome in ("sustained", "not_active", "abroad", "unreachable", "missing")
    ),
    ("share", "MI-09", "active", "known"),
    ("share", "MI-11", "intention_permanent", "intention_permanent_base"),
    ("share", "MI-11", "intention_temporary", "intention_temporary_base"),
    ("together", "MI-13", "placed", "durable"),
    ("share", "MI-13", "retained", "due"),
    ("share", "PI-12", "employers_interested", "employers_surveyed"),
}
SETTLES = {"MI-07": 90, "MI-13": 90}
OUTCOMES = ("due", "sustained", "not_active", "abroad", "unreachable", "missing")
MEASURES = {
    "MI-01": {"jobseekers", "positions", "notified"},
    "MI-02": {"due", "unfilled"},
    "MI-03": {"in", "out"},
    "MI-04": {"due", "used"},
    "MI-05": {"registered"},
    "MI-06": {"due", "done"},
    "MI-07": {f"m{months}_{name}" for months in (6, 12) for name in OUTCOMES},
    "MI-09": {"known", "active"},
    "MI-10": {"departed"},
    "MI-12": {"reached"},
    "MI-13": {"placed", "durable", "due", "retained", "unconfirmed"},
    "PI-02": {"persons", "consented"},
    "PI-07": {"persons", "consented"},
    "PI-08": {"persons", "consented"},
    "PI-14": {"first_service", "first_job"},
}


def measures() -> Iterator[tuple[str, Measure]]:
    for indicator in DEFINITIONS:
        yield from indicator.named_measures


def texts(thing: object) -> Iterator[BilingualText]:
    """Every text of a definition, however deep."""
    if isinstance(thing, BilingualText):
        yield thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from texts(part)
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from texts(getattr(thing, field.name))


def test_the_catalogue_contains_all_definitions_in_order() -> None:
    assert [indicator.id for indicator in DEFINITIONS] == IDS


def test_every_definition_has_a_file_and_every_file_its_line_in_the_catalogue() -> None:
    files = Path(indicators.__file__).parent.glob("[a-z]*.py")
    named = {f"{file.stem[:2].upper()}-{file.stem[2:4]}" for file in files}

    assert named == {indicator.id for indicator in indicators.CATALOGUE}


@pytest.mark.parametrize("indicator", DEFINITIONS, ids=lambda indicator: indicator.id)
def test_every_text_is_in_serbian_cyrillic_and_in_english(indicator: Indicator) -> None:
    for text in texts(indicator):
        assert CYRILLIC.search(text.sr) or text.sr == "%", text
        assert not LATIN_WORD.search(text.sr.replace("MI", "").replace("PI", "")), text
        assert text.en, text
        assert not CYRILLIC.search(text.en), text


@pytest.mark.parametrize("indicator", DEFINITIONS, ids=lambda indicator: indicator.id)
def test_titles_are_those_of_the_specification(indicator: Indicator) -> None:
    assert indicator.title.en == TITLES[indicator.id]


def test_categories_are_those_of_the_specification() -> None:
    found: dict[str, tuple[str, ...]] = {}
    for indicator in DEFINITIONS:
        heading = indicator.category.title.en.lower()
        found[heading] = (*found.get(heading, ()), indicator.id)

    assert found == CATEGORIES


def test_readings_are_those_of_the_specification() -> None:
    found = {
        (reading.form, indicator.id, reading.measure, reading.base)
        for indicator in DEFINITIONS
        for reading in indicator.readings
    }

    assert found == READ_TOGETHER


def test_partial_indicators_have_a_caveat() -> None:
    caveats = {i.id: i.caveat.en for i in DEFINITIONS if i.caveat is not None}

    assert caveats["MI-03"].startswith("partial")
    assert caveats["MI-10"].startswith("registered part only")
    assert caveats["PI-11"].endswith("n not published")
    assert set(caveats) == {"MI-02", "MI-03", "MI-06", "MI-07", "MI-08", "MI-10", "PI-11"}


@pytest.mark.parametrize("indicator", DEFINITIONS, ids=lambda indicator: indicator.id)
def test_splits_are_those_of_the_specification(indicator: Indicator) -> None:
    assert [split.name for split in indicator.splits] == SPLITS[indicator.id].split()


@pytest.mark.parametrize("indicator", DEFINITIONS, ids=lambda indicator: indicator.id)
def test_measures_are_those_of_the_specification(indicator: Indicator) -> None:
    own = [m.name for m in indicator.measures if m.kind is not MeasureKind.OBSERVED]
    everybody = {"persons"} if own == ["persons"] else set()

    assert len(own) == len(set(own))
    assert set(own) == MEASURES.get(indicator.id, everybody or set(own[:1]))


def test_the_exact_class_is_what_the_specification_lists_and_everything_observed() -> None:
    exact = {
        name
        for name, measure in measures()
        if measure.disclosure is Disclosure.A and measure.kind is not MeasureKind.OBSERVED
    }
    observed = {m.disclosure for _, m in measures() if m.kind is MeasureKind.OBSERVED}

    assert exact == EXACT
    assert observed == {Disclosure.A}


def test_a_split_is_class_b_and_the_group_class_c() -> None:
    (placed,) = [i for i in DEFINITIONS if i.id == "MI-13"]
    measure = placed.measures[0]

    assert placed.disclosure_of(measure, "total") is Disclosure.A
    assert placed.disclosure_of(measure, "sex") is Disclosure.B
    assert placed.disclosure_of(measure, "group") is Disclosure.C


SUMS = {"MI-01.positions", "MI-01.notified", "MI-02.due", "MI-02.unfilled"}


def test_cohorts_settle_and_sums_sum_as_specified() -> None:
    for name, measure in measures():
        is_cohort = measure.kind is MeasureKind.COHORT
        settles = SETTLES.get(name[:5], 0) if is_cohort else 0

        assert measure.settle_days == settles, name
        assert measure.sums_amount == (name in SUMS)


def test_place_basis_and_status_are_those_of_the_specification() -> None:
    at_home = {i.id for i in DEFINITIONS if i.place_rule is PlaceRule.RESIDENCE}
    proposed = {i.id for i in DEFINITIONS if i.definition_status is DefinitionStatus.PROPOSED}
    consented = {name for name, measure in measures() if measure.basis is Basis.CONSENT}

    assert at_home == {"MI-03", "MI-09", "MI-10"}
    assert proposed == {identity for identity in IDS if identity.startswith("MI")}
    assert consented == {"PI-02.consented", "PI-07.consented", "PI-08.consented"}


def test_measures_of_readings_exist() -> None:
    for indicator in DEFINITIONS:
        for reading in indicator.readings:
            assert indicator.measure(reading.measure), reading
            assert indicator.measure(reading.base), reading
