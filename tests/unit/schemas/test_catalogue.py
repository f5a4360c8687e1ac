"""Every type has its place: name, topic, subject, sentence, fields in common."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, get_args, get_origin

import pytest

from schemas import forms, rules
from schemas.catalogue import BY_TYPE, EVENTS
from schemas.codes import Decimal, Municipality, Organisation
from schemas.event import Event
from schemas.personal_data import DECIMAL_FIELDS
from schemas.topics import DOMAIN_TOPICS, PARTITIONS, partner_topic, topic_of
from schemas.vocabulary import RETURNEE_GROUPS, Group

WITHOUT_PLACE = re.compile(r"\.(merged|erased|granted|withdrawn|retracted)\.")
every_type = pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.TYPE)


def names_typed(kind: type[Event], wanted: object) -> Iterator[str]:
    """The fields annotated with a type, also inside optional ones and lists."""
    for name, field in kind.model_fields.items():
        whole = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        if wanted in _parts(whole):
            yield name


def _parts(annotation: object) -> Iterator[object]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])


def test_a_type_stands_once_in_the_catalogue() -> None:
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
def test_a_type_has_four_segments_a_subject_and_a_sentence(kind: type[Event]) -> None:
    sentence = (kind.__doc__ or "").partition("\n")[0]

    assert re.fullmatch(forms.TYPE, kind.TYPE)
    assert set(kind.SUBJECT) <= set(forms.SUBJECTS)
    assert sentence.endswith(".")


@every_type
def test_every_event_of_a_person_or_vacancy_has_place_and_programmes(kind: type[Event]) -> None:
    fields = set(kind.model_fields)
    is_of_person = kind.SUBJECT in {"p", "v"} and not WITHOUT_PLACE.search(kind.TYPE)

    assert "on" in fields
    assert ({"municipality", "programmes"} <= fields) == is_of_person


@every_type
def test_programmes_may_always_be_left_out(kind: type[Event]) -> None:
    field = kind.model_fields.get("programmes")

    assert field is None or field.default == ()


@every_type
def test_the_door_knows_every_field_that_names_an_organisation(kind: type[Event]) -> None:
    named = set(names_typed(kind, Organisation))

    assert named == set(kind.model_fields) & set(rules.ORGANISATION_FIELDS)


@every_type
def test_the_search_for_personal_data_knows_every_decimal(kind: type[Event]) -> None:
    assert set(names_typed(kind, Decimal)) == set(DECIMAL_FIELDS.get(kind.TYPE, ()))


def test_fields_are_found_by_their_type() -> None:
    moved = BY_TYPE["registration.person.moved.v1"]

    assert set(names_typed(moved, Municipality)) == {"municipality", "residence"}


@every_type
def test_an_event_is_never_changed(kind: type[Event]) -> None:
    event = kind.model_construct(on=date(2023, 3, 2))

    with pytest.raises(ValueError, match="frozen"):
        event.on = date(2023, 3, 3)  # type: ignore[misc]  # the claim


@pytest.mark.parametrize("event_type", ["matching.placement.made.v1", "matching.placement.made"])
def test_a_topic_follows_from_the_type(event_type: str) -> None:
    assert topic_of(event_type).name == "matching-events"


def test_an_unknown_domain_has_no_topic() -> None:
    with pytest.raises(KeyError):
        topic_of("housing.flat.rented.v1")


def test_domain_topics_are_kept_for_ever_with_equal_partitions() -> None:
    assert {topic.partitions for topic in DOMAIN_TOPICS} == {PARTITIONS}
    assert {topic.retention_ms for topic in DOMAIN_TOPICS} == {-1}


def test_a_partners_lane_is_kept_for_a_week() -> None:
    lane = partner_topic("nes")

    assert (lane.name, lane.retention_ms) == ("partner-nes", 604_800_000)


def test_returnee_groups_are_groups() -> None:
    assert set(get_args(Group)) >= RETURNEE_GROUPS
