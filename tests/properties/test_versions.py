"""No definition makes other entries under an unchanged version: compared over the golden log."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest

from lmc.render import __main__ as render
from lmc.render.definition_versions import (
    GOLDEN_LOG,
    VERSIONS,
    DefinitionEntries,
    DefinitionVersions,
    Story,
    VersionNotRaisedError,
    entries_of_story,
    not_raised,
    versions,
    versions_of,
)
from schemas import territory
from schemas.rules import spells
from services.reporting import indicators
from services.reporting.domain import attributes, dimensions, observations, stays
from services.reporting.indicators import CATALOGUE, mi02_unfilled_vacancies
from tests.properties.mutations import MUTATIONS, ONE_DAY, Mutation, mutated
from tests.properties.product import CATALOGUE as WITH_SERIES
from tests.properties.product import MEASURES
from tests.reference.builders import MEDIJANA
from tests.reference.log_features import FEATURES, features_of

LINES = GOLDEN_LOG.read_text(encoding="utf-8").splitlines()
STORIES = [Story.model_validate_json(line) for line in LINES]
COMMITTED = DefinitionVersions.model_validate_json(VERSIONS.read_bytes())


def with_unknown_sex() -> tuple[object, ...]:
    """Return the definitions, with the sex of everybody unknown in MI-13."""
    unknown = replace(dimensions.SEX, of=lambda _: ("unknown",))
    return tuple(
        replace(each, splits=(unknown, *each.splits[1:])) if each.id == "MI-13" else each
        for each in CATALOGUE
    )


def closed_before(*_: object) -> bool:
    """No spell is open before a day: a deregistration always ends what opens on its day."""
    return False


AGES = ((15, "0-14"), *attributes.AGE_BANDS[1:])
COUNCILS = territory._COUNCIL_OF | {MEDIJANA: MEDIJANA}  # noqa: SLF001 - a row of the list
CHANGES = MUTATIONS | {
    "a boundary of age": Mutation(attributes, "AGE_BANDS", AGES),
    "the ages of youth": Mutation(attributes, "_YOUTH_AGES", range(16, 30)),
    "a band of qualification": Mutation(
        attributes, "QUALIFICATION_BANDS", attributes.QUALIFICATION_BANDS | {"6": "middle"}
    ),
    "a split": Mutation(indicators, "CATALOGUE", with_unknown_sex()),
    "the rule of spells": Mutation(spells, "_is_open_before", closed_before),
    "who is a resident migrant": Mutation(stays, "RESIDENT_MIGRANTS", frozenset({"protected"})),
    "the day of vacancies": Mutation(
        mi02_unfilled_vacancies, "DAYS_60", mi02_unfilled_vacancies.DAYS_60 + ONE_DAY
    ),
    "the end of observations": Mutation(observations, "ONE_DAY", 2 * observations.ONE_DAY),
    "a row of the municipalities": Mutation(territory, "_COUNCIL_OF", COUNCILS),
}
"""Every change that makes other entries, by its name."""


def versions_after(change: str) -> DefinitionVersions:
    """Return the versions of the committed stories after a change; caches are cleared."""
    attributes.attributes_of.cache_clear()
    try:
        with mutated(CHANGES[change]):
            return versions_of(LINES[: COMMITTED.stories])
    finally:
        attributes.attributes_of.cache_clear()


def test_no_definition_makes_other_entries_under_an_unchanged_version() -> None:
    problems = not_raised(COMMITTED, versions_of(LINES[: COMMITTED.stories]))

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_change_of_meaning_requires_a_version(change: str) -> None:
    changed = versions_after(change)
    others = [
        name for name, each in changed.definitions.items() if each != COMMITTED.definitions[name]
    ]

    problems = not_raised(COMMITTED, changed)

    assert others
    assert [line.split()[2] for line in problems] == sorted(others)
    assert all("raise `version`" in line and "make render" in line for line in problems)


def test_the_message_names_the_definition_and_the_remedy() -> None:
    (problem,) = not_raised(COMMITTED, versions_after("the day of vacancies"))

    assert problem == (
        "entries of MI-02 over the golden log changed, but its version did not: raise `version`"
        f" of MI-02, which is {COMMITTED.definitions['MI-02'].version} (or `RULES_VERSION`, if the"
        " rule is one that definitions share), then `make render`"
    )


def test_rendering_refuses_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = VERSIONS.read_bytes()

    with mutated(CHANGES["the day of vacancies"]):
        with pytest.raises(VersionNotRaisedError, match="entries of MI-02"):
            versions()
        code = render.main([])

    assert code == 1
    assert "entries of MI-02" in capsys.readouterr().err
    assert VERSIONS.read_bytes() == before


def with_other_entries(name: str, by: int) -> DefinitionVersions:
    """Return the committed file with other entries of a definition and its version raised by."""
    other = DefinitionEntries(version=COMMITTED.definitions[name].version + by, entries="other")
    return COMMITTED.model_copy(update={"definitions": COMMITTED.definitions | {name: other}})


ACCEPTED: dict[str, Callable[[], tuple[DefinitionVersions, DefinitionVersions]]] = {
    "nothing changed": lambda: (COMMITTED, COMMITTED),
    "the definition's version was raised": lambda: (COMMITTED, with_other_entries("MI-13", 1)),
    "the version of the common rules was raised": lambda: (
        COMMITTED,
        with_other_entries("MI-13", 0).model_copy(
            update={"common_rules": COMMITTED.common_rules + 1}
        ),
    ),
    "the definition was added": lambda: (
        COMMITTED.model_copy(update={"definitions": {}}),
        with_other_entries("MI-13", 0),
    ),
    "the definition was removed": lambda: (
        COMMITTED,
        COMMITTED.model_copy(update={"definitions": {}}),
    ),
}
REFUSED: dict[str, tuple[DefinitionVersions, str]] = {
    "other entries": (with_other_entries("MI-13", 0), "entries of MI-13"),
    "a version was lowered": (with_other_entries("MI-13", -1), "version of MI-13 is lower"),
    "the common version was lowered": (
        COMMITTED.model_copy(update={"common_rules": COMMITTED.common_rules - 1}),
        "version of the common rules is lower",
    ),
    "a story was changed": (COMMITTED.model_copy(update={"log": "other"}), "restore them"),
    "a story was removed": (COMMITTED.model_copy(update={"stories": 1}), "restore them"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_accepts(name: str) -> None:
    assert not_raised(*ACCEPTED[name]()) == []


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses(name: str) -> None:
    now, message = REFUSED[name]

    assert [message in line for line in not_raised(COMMITTED, now)] == [True]


def test_the_entries_do_not_depend_on_the_order_of_arrival() -> None:
    reversed_stories = [
        story.model_copy(update={"events": story.events[::-1]}).model_dump_json()
        for story in STORIES
    ]

    assert versions_of(reversed_stories).definitions == versions_of(LINES).definitions


def test_every_measure_is_counted_in_the_golden_log() -> None:
    counted = {
        entry.measure for each in STORIES for _, entry in entries_of_story(each, WITH_SERIES)
    }

    assert MEASURES.keys() - counted == set(), "add its cases: python -m tests.reference.golden_log"


def test_every_split_has_several_buckets_in_the_golden_log() -> None:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for story in STORIES:
        for _, entry in entries_of_story(story, WITH_SERIES):
            for split, bucket in entry.buckets:
                found[entry.measure[:5], split].add(bucket)
    splits = {(each.id, split.name) for each in CATALOGUE for split in each.splits}

    assert found.keys() == splits
    assert [split for split, buckets in found.items() if len(buckets) == 1] == []


def test_every_feature_of_logs_is_in_the_golden_log() -> None:
    present = set().union(
        *(features_of([dict(event) for event in story.events]) for story in STORIES)
    )

    assert FEATURES.keys() - present == set()
