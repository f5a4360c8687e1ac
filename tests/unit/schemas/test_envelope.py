"""Encoding and decoding of events; duplicates and conflicts."""

import json
import pickle
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import (
    Envelope,
    content_digest,
    differing_paths,
    encode_event,
    new_event,
    with_recordedtime,
)
from schemas.events.matching import MatchingFactRetracted, PlacementMade
from schemas.events.registration import PersonErased, PersonMerged
from schemas.validation.decode import decode_event
from schemas.validation.problems import Refusal
from tests.unit.schemas.builders import ABSENT, PERSON, VACANCY, body, changed, decoded, event

OTHER = "p-7zyxwvtsrqpnmkjhgfedcba987"
NOON = datetime(2023, 3, 2, 12, tzinfo=UTC)
UNKNOWN = "matching.placement.made.v2"

instants = st.datetimes(timezones=st.just(UTC))


def erased(**attributes: object) -> Envelope[PersonErased]:
    defaults: dict[str, object] = {
        "id": "e-1",
        "source": "/services/registration",
        "subject": PERSON,
    }
    fact = PersonErased(on=date(2023, 3, 2))
    return new_event(fact, **{**defaults, "time": NOON, **attributes})  # type: ignore[arg-type]  # by name


def test_an_encoded_event_decodes_to_itself() -> None:
    envelope = erased(factid="f-1", revision=2, causationid="c", correlationid="k")

    assert decode_event(encode_event(envelope)) == envelope


@given(instants, instants)
def test_instants_survive_to_the_microsecond(time: datetime, recorded: datetime) -> None:
    envelope = with_recordedtime(erased(time=time), recorded)

    assert decode_event(encode_event(envelope)) == envelope


@pytest.mark.parametrize(
    ("microsecond", "written"),
    [(0, "12:00:00Z"), (250_000, "12:00:00.250Z"), (1, "12:00:00.000001Z")],
)
def test_an_instant_is_encoded_exactly_and_as_short_as_possible(
    microsecond: int, written: str
) -> None:
    message = encode_event(erased(time=NOON.replace(microsecond=microsecond)))

    assert json.loads(message)["time"] == f"2023-03-02T{written}"


def test_an_instant_of_another_zone_is_encoded_in_utc() -> None:
    belgrade = datetime(2023, 3, 2, 13, tzinfo=timezone(timedelta(hours=1)))

    assert erased(time=belgrade).time == NOON
    assert b'"time":"2023-03-02T12:00:00Z"' in encode_event(erased(time=belgrade))


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
def test_an_event_that_nobody_could_decode_is_not_created(attributes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        erased(**attributes)


def test_the_encoded_event_contains_every_default() -> None:
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
    message = json.loads(
        encode_event(new_event(fact, id="e-1", source="/partners/nes", subject=PERSON, time=NOON))
    )

    assert message["data"] == {
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
    assert message["datacontenttype"] == "application/json"


def test_the_field_with_is_encoded_under_its_own_name() -> None:
    fact = PersonMerged(on=date(2023, 3, 2), with_=OTHER)
    message = encode_event(
        new_event(fact, id="e-1", source="/services/registration", subject=PERSON, time=NOON)
    )

    assert json.loads(message)["data"]["with"] == OTHER


def test_unknown_fields_and_attributes_are_ignored() -> None:
    envelope = decoded(event(data={"colour": "red"}, priority="high", datacontenttype=ABSENT))

    assert isinstance(envelope.data, PlacementMade)
    assert envelope.content == {}


def test_null_is_decoded_as_absent() -> None:
    envelope = decoded(event(data={"employer": None}, traceparent=None))

    assert isinstance(envelope.data, PlacementMade)
    assert envelope.data.employer is None


def test_undeclared_codes_are_decoded() -> None:
    envelope = decoded(
        event(data={"programmes": ["X-1"], "employer": "o-nobody", "on": "1990-01-01"})
    )

    assert envelope.data is not None


def test_recordedtime_is_decoded() -> None:
    envelope = decoded(event(recordedtime="2023-03-02T09:00:01.250Z"))

    assert envelope.recordedtime == datetime(2023, 3, 2, 9, 0, 1, 250_000, tzinfo=UTC)


def test_the_content_of_an_unknown_version_is_kept() -> None:
    envelope = decoded(changed({"type": UNKNOWN}))

    assert envelope.data is None
    assert envelope.content["kind"] == "public_works"
    assert (envelope.fact_type, envelope.version) == ("matching.placement.made", 2)
    assert decode_event(encode_event(envelope)) == envelope


def test_versions_of_a_type_do_not_change_the_identity() -> None:
    newer = decoded(changed({"id": "e-2", "type": UNKNOWN}))

    assert newer.identity == decoded(event()).identity


def test_the_content_of_an_unknown_type_is_kept() -> None:
    envelope = decoded(changed({"type": "housing.flat.rented.v1"}))

    assert envelope.data is None
    assert envelope.fact_type == "housing.flat.rented"


def test_a_retraction_has_the_identity_of_its_fact_in_any_version() -> None:
    retraction = event("matching.fact.retracted.v1")
    newer = decoded(retraction | {"type": "matching.fact.retracted.v2"})

    assert newer.is_retraction
    assert newer.identity == decoded(event()).identity
    assert newer.fact_type == "matching.fact.retracted"


def test_an_event_that_states_a_fact_is_no_retraction() -> None:
    assert not decoded(event()).is_retraction
    assert isinstance(decoded(event("matching.fact.retracted.v1")).data, MatchingFactRetracted)


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
def test_an_invalid_event_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        decode_event(raw)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(Refusal):
        decode_event(raw)


def test_an_envelope_can_be_pickled() -> None:
    envelope = decoded(event())

    assert pickle.loads(pickle.dumps(envelope)) == envelope  # noqa: S301 - our own


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
def test_duplicates_may_differ_in_attributes_that_are_not_content(
    changes: dict[str, object],
) -> None:
    both = {"programmes": ["M4SD", "ROMA-2016"]}
    first, again = decoded(event(data=both)), decoded(changed({"data": both, **changes}))

    assert content_digest(first) == content_digest(again)
    assert differing_paths(first, again) == ()


def test_a_default_may_be_written_or_left_out() -> None:
    type_ = "registration.person.enrolled.v1"
    written = decoded(event(type_, {"programmes": [], "qualification_abroad": False}, factid="e-2"))
    left_out = decoded(event(type_, {"programmes": ABSENT, "qualification_abroad": ABSENT}))

    assert content_digest(written) == content_digest(left_out)


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
def test_a_conflict_lists_the_paths_that_differ(
    changes: dict[str, object], paths: tuple[str, ...]
) -> None:
    first, other = decoded(event()), decoded(changed(changes))

    assert content_digest(first) != content_digest(other)
    assert differing_paths(first, other) == paths


def test_the_content_of_an_unknown_type_is_compared_too() -> None:
    first = decoded(changed({"type": UNKNOWN}))
    other = decoded(changed({"type": UNKNOWN, "data": {"sector": "C", "new": {"a": [1]}}}))

    assert content_digest(first) != content_digest(other)
    assert differing_paths(first, other) == ("$.data.new", "$.data.sector")
