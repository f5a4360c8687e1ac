"""Every event type has a name, topic, subject and description, and the common fields."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, get_args, get_origin

import pytest

from schemas import patterns
from schemas.catalogue import BY_TYPE, EVENTS
from schemas.closed_lists import RETURNEE_GROUPS, Group
from schemas.codes import Decimal, MunicipalityCode, OrganisationCode
from schemas.events.event import Event
from schemas.topics import DOMAIN_TOPICS, PARTITIONS, partner_topic, topic_of
from schemas.validation import event_rules
from schemas.validation.personal_data import DECIMAL_FIELDS

WITHOUT_MUNICIPALITY = re.compile(r"\.(merged|erased|granted|withdrawn|retracted)\.")
every_type = pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.TYPE)


def names_typed(kind: type[Event], wanted: object) -> Iterator[str]:
    """The fields annotated with a type, also inside optional ones and lists."""
    for name, field in kind.model_fields.items():
        annotation = (
            Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        )
        if wanted in _parts(annotation):
            yield name


def _parts(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])


def test_each_type_is_once_in_the_catalogue() -> None:
    assert len(BY_TYPE) == len(EVENTS) == 41


def test_every_type_of_the_specification_is_there() -> None:
    by_domain = {topic.name: 0 for topic in DOMAIN_TOPICS}
    for kind in EVENTS:
        by_domain[topic_of(kind.TYPE).name] += 1

    assert by_domain == {
        "registration-events": 13,
        "training-events": 8,
        "matching-events": 12,
        "reference-events": 4,
        "reporting-events": 4,
    }


@every_type
def test_a_type_has_four_segments_a_subject_and_a_description(kind: type[Event]) -> None:
    description = (kind.__doc__ or "").partition("\n")[0]

    assert re.fullmatch(patterns.TYPE, kind.TYPE)
    assert set(kind.SUBJECT) <= set(patterns.SUBJECTS)
    assert description.endswith(".")


@every_type
def test_every_event_about_a_person_or_vacancy_has_municipality_and_programmes(
    kind: type[Event],
) -> None:
    fields = set(kind.model_fields)
    is_expected = kind.SUBJECT in {"p", "v"} and not WITHOUT_MUNICIPALITY.search(kind.TYPE)

    assert "on" in fields
    assert ({"municipality", "programmes"} <= fields) == is_expected


@every_type
def test_programmes_may_always_be_left_out(kind: type[Event]) -> None:
    field = kind.model_fields.get("programmes")

    assert field is None or field.default == ()


@every_type
def test_validation_checks_every_field_that_names_an_organisation(kind: type[Event]) -> None:
    named = set(names_typed(kind, OrganisationCode))

    assert named == set(kind.model_fields) & set(event_rules.ORGANISATION_FIELDS)


@every_type
def test_the_search_for_personal_data_exempts_every_decimal(kind: type[Event]) -> None:
    assert set(names_typed(kind, Decimal)) == set(DECIMAL_FIELDS.get(kind.TYPE, ()))


def test_fields_are_found_by_their_type() -> None:
    moved = BY_TYPE["registration.person.moved.v1"]

    assert set(names_typed(moved, MunicipalityCode)) == {"municipality", "residence"}


@every_type
def test_an_event_is_immutable(kind: type[Event]) -> None:
    event = kind.model_construct(on=date(2023, 3, 2))

    with pytest.raises(ValueError, match="frozen"):
        event.on = date(2023, 3, 3)  # type: ignore[misc]  # the claim


@pytest.mark.parametrize("event_type", ["matching.placement.made.v1", "matching.placement.made"])
def test_a_topic_follows_from_the_type(event_type: str) -> None:
    assert topic_of(event_type).name == "matching-events"


def test_an_unknown_domain_has_no_topic() -> None:
    with pytest.raises(KeyError):
        topic_of("housing.flat.rented.v1")


def test_domain_topics_never_expire_and_have_equal_partitions() -> None:
    assert {topic.partitions for topic in DOMAIN_TOPICS} == {PARTITIONS}
    assert {topic.retention_ms for topic in DOMAIN_TOPICS} == {-1}


def test_a_partners_topic_is_kept_for_a_week() -> None:
    topic = partner_topic("nes")

    assert (topic.name, topic.retention_ms) == ("partner-nes", 604_800_000)


def test_returnee_groups_are_groups() -> None:
    assert set(get_args(Group)) >= RETURNEE_GROUPS
