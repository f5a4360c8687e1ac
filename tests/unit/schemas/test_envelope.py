"""Saying an event as bytes and hearing it again; duplicates and conflicts."""

import json
import pickle
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import (
    Envelope,
    content_digest,
    difference,
    hear,
    say,
    stamped,
    to_bytes,
)
from schemas.matching import MatchingFactRetracted, PlacementMade
from schemas.problem import Refusal
from schemas.registration import PersonErased, PersonMerged
from tests.unit.schemas.saying import ABSENT, PERSON, VACANCY, body, changed, event, heard

OTHER = "p-7zyxwvtsrqpnmkjhgfedcba987"
NOON = datetime(2023, 3, 2, 12, tzinfo=UTC)
UNKNOWN = "matching.placement.made.v2"

instants = st.datetimes(timezones=st.just(UTC))


def erased(**attributes: object) -> Envelope[PersonErased]:
    said: dict[str, object] = {"id": "e-1", "source": "/services/registration", "subject": PERSON}
    fact = PersonErased(on=date(2023, 3, 2))
    return say(fact, **{**said, "time": NOON, **attributes})  # type: ignore[arg-type]  # by name


def test_what_was_said_is_heard() -> None:
    said = erased(factid="f-1", revision=2, causationid="c", correlationid="k")

    assert hear(to_bytes(said)) == said


@given(instants, instants)
def test_instants_survive_to_the_microsecond(time: datetime, recorded: datetime) -> None:
    said = stamped(erased(time=time), recorded)

    assert hear(to_bytes(said)) == said


@pytest.mark.parametrize(
    ("microsecond", "written"),
    [(0, "12:00:00Z"), (250_000, "12:00:00.250Z"), (1, "12:00:00.000001Z")],
)
def test_an_instant_is_written_as_short_as_it_is_exact(microsecond: int, written: str) -> None:
    said = to_bytes(erased(time=NOON.replace(microsecond=microsecond)))

    assert json.loads(said)["time"] == f"2023-03-02T{written}"


def test_an_instant_of_another_zone_is_said_in_utc() -> None:
    belgrade = datetime(2023, 3, 2, 13, tzinfo=timezone(timedelta(hours=1)))

    assert erased(time=belgrade).time == NOON
    assert b'"time":"2023-03-02T12:00:00Z"' in to_bytes(erased(time=belgrade))


def test_factid_defaults_to_id() -> None:
    assert erased().factid == "e-1"


@pytest.mark.parametrize(
    "attributes",
    [
        {"id": "a b"},
        {"source": "registration"},
        {"subject": VACANCY},
        {"subject": "p-1"},
        {"revision": 0},
        {"factid": "ж"},
        {"causationid": "a/b"},
        {"traceparent": "x"},
        {"time": datetime(2023, 3, 2)},  # noqa: DTZ001 - a naive instant is the case
    ],
)
def test_what_could_not_be_heard_is_not_said(attributes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        erased(**attributes)


def test_the_value_on_the_bus_has_every_default_written_out() -> None:
    fact = PlacementMade(
        on=date(2023, 3, 2),
        municipality="70998",
        kind="public_works",
        employer_kind="public_body",
        sector="N",
        occupation="9613",
        channel="programme",
        after=(),
    )
    said = json.loads(
        to_bytes(say(fact, id="e-1", source="/partners/nes", subject=PERSON, time=NOON))
    )

    assert said["data"] == {
        "on": "2023-03-02",
        "municipality": "70998",
        "programmes": [],
        "kind": "public_works",
        "employer_kind": "public_body",
        "sector": "N",
        "occupation": "9613",
        "channel": "programme",
        "after": [],
    }
    assert said["datacontenttype"] == "application/json"


def test_a_field_named_with_is_said_under_its_own_name() -> None:
    fact = PersonMerged(on=date(2023, 3, 2), with_=OTHER)
    said = to_bytes(say(fact, id="e-1", source="/services/registration", subject=PERSON, time=NOON))

    assert json.loads(said)["data"]["with"] == OTHER


def test_what_is_not_known_is_ignored() -> None:
    said = heard(event(data={"colour": "red"}, priority="high", datacontenttype=ABSENT))

    assert isinstance(said.data, PlacementMade)
    assert said.content == {}


def test_null_is_heard_as_absent() -> None:
    said = heard(event(data={"employer": None}, traceparent=None))

    assert isinstance(said.data, PlacementMade)
    assert said.data.employer is None


def test_codes_that_nobody_declared_are_heard() -> None:
    said = heard(event(data={"programmes": ["X-1"], "employer": "o-nobody", "on": "1990-01-01"}))

    assert said.data is not None


def test_recordedtime_is_heard() -> None:
    said = heard(event(recordedtime="2023-03-02T09:00:01.250Z"))

    assert said.recordedtime == datetime(2023, 3, 2, 9, 0, 1, 250_000, tzinfo=UTC)


def test_a_version_nobody_knows_is_kept() -> None:
    said = heard(changed({"type": UNKNOWN}))

    assert said.data is None
    assert said.content["kind"] == "public_works"
    assert (said.fact_type, said.version) == ("matching.placement.made", 2)
    assert hear(to_bytes(said)) == said


def test_both_versions_of_a_fact_are_one_fact() -> None:
    newer = heard(changed({"id": "e-2", "type": UNKNOWN}))

    assert newer.identity == heard(event()).identity


def test_a_type_nobody_knows_is_kept() -> None:
    said = heard(changed({"type": "housing.flat.rented.v1"}))

    assert said.data is None
    assert said.fact_type == "housing.flat.rented"


def test_a_retraction_has_the_identity_of_its_fact_in_any_version() -> None:
    retraction = event("matching.fact.retracted.v1")
    newer = heard(retraction | {"type": "matching.fact.retracted.v2"})

    assert newer.is_retraction
    assert newer.identity == heard(event()).identity
    assert newer.fact_type == "matching.fact.retracted"


def test_a_statement_is_no_retraction() -> None:
    assert not heard(event()).is_retraction
    assert isinstance(heard(event("matching.fact.retracted.v1")).data, MatchingFactRetracted)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "E1101"),
        (b"\xff", "E1101"),
        (b"{", "E1101"),
        (b'{"a": NaN}', "E1101"),
        (b"[" * 10_000, "E1101"),
        (b"[]", "E1102"),
        (b"null", "E1102"),
        (b"{}", "E1111"),
        (body(id="a b"), "E1112"),
        (body(time="2023-02-30T09:00:00Z"), "E1112"),
        (body(subject=VACANCY), "E1114"),
        (body(data={"sector": ABSENT}), "E1011"),
        (body(data={"sector": None}), "E1001"),
        (body(data={"municipality": "70999"}), "E1003"),
        (body(data={"after": ["training", "training"]}), "E1014"),
    ],
)
def test_what_is_no_event_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        hear(raw)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(Refusal):
        hear(raw)


def test_an_envelope_goes_to_other_processes() -> None:
    said = heard(event())

    assert pickle.loads(pickle.dumps(said)) == said  # noqa: S301 - our own


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "2024-01-01T00:00:00Z"},
        {"recordedtime": "2024-01-01T00:00:00Z"},
        {"causationid": "x", "correlationid": "y"},
        {"data": {"programmes": ["ROMA-2016", "M4SD"]}},
        {"revision": 1},
        {"data": {"programmes": ["M4SD", "ROMA-2016"], "colour": "red"}},
    ],
)
def test_a_duplicate_may_differ_in_what_is_not_content(changes: dict[str, object]) -> None:
    both = {"programmes": ["M4SD", "ROMA-2016"]}
    first, again = heard(event(data=both)), heard(changed({"data": both, **changes}))

    assert content_digest(first) == content_digest(again)
    assert difference(first, again) == ()


def test_a_default_may_be_said_or_left_out() -> None:
    type_ = "registration.person.enrolled.v1"
    said = heard(event(type_, {"programmes": [], "qualification_abroad": False}, factid="e-2"))
    silent = heard(event(type_, {"programmes": ABSENT, "qualification_abroad": ABSENT}))

    assert content_digest(said) == content_digest(silent)


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"subject": OTHER}, ("$.subject",)),
        ({"factid": "pl-2"}, ("$.factid",)),
        ({"revision": 2}, ("$.revision",)),
        ({"data": {"sector": "C"}}, ("$.data.sector",)),
        ({"data": {"expected_months": ABSENT}}, ("$.data.expected_months",)),
        ({"data": {"after": ["practice"], "on": "2023-03-03"}}, ("$.data.after", "$.data.on")),
    ],
)
def test_a_conflict_says_where_it_differs(
    changes: dict[str, object], paths: tuple[str, ...]
) -> None:
    first, other = heard(event()), heard(changed(changes))

    assert content_digest(first) != content_digest(other)
    assert difference(first, other) == paths


def test_content_of_an_unknown_type_is_compared_too() -> None:
    first = heard(changed({"type": UNKNOWN}))
    other = heard(changed({"type": UNKNOWN, "data": {"sector": "C", "new": {"a": [1]}}}))

    assert content_digest(first) != content_digest(other)
    assert difference(first, other) == ("$.data.new", "$.data.sector")
