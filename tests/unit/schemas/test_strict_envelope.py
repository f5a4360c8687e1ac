"""Strict validation of the envelope."""

import pytest

from tests.unit.schemas.builders import (
    ABSENT,
    PERSON,
    VACANCY,
    body,
    changed,
    event,
    refused,
    validated,
)

UUID7 = "018e5c5e-7b1a-7c3e-9d2f-06123456789a"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_example_of_the_specification_is_accepted() -> None:
    envelope = validated(event())

    assert envelope.identity == ("/partners/nes", "matching.placement.made", PERSON, "pl-1")


def test_every_optional_attribute_is_decoded() -> None:
    envelope = validated(
        event(revision=3, correlationid="c:1", causationid=UUID7, traceparent=TRACE, id=UUID7)
    )

    assert (
        envelope.revision,
        envelope.correlationid,
        envelope.causationid,
        envelope.traceparent,
    ) == (
        3,
        "c:1",
        UUID7,
        TRACE,
    )


def test_factid_defaults_to_id_and_revision_to_one() -> None:
    envelope = validated(event(factid=ABSENT, id="e-9"))

    assert (envelope.factid, envelope.revision) == ("e-9", 1)


def test_datacontenttype_may_be_left_out() -> None:
    assert validated(event(datacontenttype=ABSENT)).id == "e-28"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("specversion", 1.0),
        ("id", ""),
        ("id", "a b"),
        ("id", "x" * 65),
        ("id", "šifra"),
        ("id", 7),
        ("source", "nes"),
        ("source", "/partners/"),
        ("source", "/partners/nes/prokuplje"),
        ("source", "/people/nes"),
        ("type", "matching.placement.made"),
        ("type", "matching.placement.v1"),
        ("type", "Matching.placement.made.v1"),
        ("type", "matching.placement.made.v0"),
        ("subject", "p-0123456789abcdefghjkmnpqr"),
        ("subject", "p-0123456789ABCDEFGHJKMNPQRS"),
        ("subject", "p-0123456789abcdefghjkmnpqri"),
        ("subject", "x-0123456789abcdefghjkmnpqrs"),
        ("subject", PERSON + "\n"),
        ("time", "2023-03-02"),
        ("time", "2023-03-02T09:00:00"),
        ("time", "2023-03-02T10:00:00+24:00"),
        ("time", "0001-01-01T00:30:00+01:00"),
        ("time", "2023-02-30T09:00:00Z"),
        ("time", "2023-03-02T09:00:60Z"),
        ("time", "2023-03-02 09:00:00Z"),
        ("time", 1677747600),
        ("datacontenttype", "text/plain"),
        ("datacontenttype", "application/json; charset=windows-1250"),
        ("data", []),
        ("data", "{}"),
        ("factid", "a/b"),
        ("revision", 0),
        ("revision", -1),
        ("revision", "2"),
        ("revision", 1.5),
        ("revision", True),
        ("revision", 2**31),
        ("causationid", "a b"),
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"),
    ],
)
def test_a_malformed_attribute_is_refused_with_its_path(name: str, value: object) -> None:
    assert refused(changed({name: value})) == ("E1112", f"$.{name}")


@pytest.mark.parametrize(
    "time",
    [
        "2023-03-02T09:00:00.123456789Z",
        "2023-03-02T09:00:00+00:00",
        "2023-03-02T10:00:00+01:00",
        "2023-03-01T23:30:00-09:30",
    ],
)
def test_an_instant_with_any_offset_is_accepted_and_kept_in_utc(time: str) -> None:
    assert validated(event(time=time)).time.isoformat().startswith("2023-03-02T09:00:00")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "application/json;charset=UTF-8"],
)
def test_json_may_state_its_charset(content_type: str) -> None:
    assert validated(event(datacontenttype=content_type)).id == "e-28"


@pytest.mark.parametrize(
    "attributes",
    [
        {"dataschema": "https://example.org/placement.json"},
        {"tracestate": "vendor=value"},
        {"partitionkey": "p-1"},
        {"sequence": "00001", "sampledrate": 1},
    ],
)
def test_an_optional_attribute_of_cloudevents_is_accepted_and_not_kept(
    attributes: dict[str, object],
) -> None:
    assert validated(event() | attributes) == validated(event())


def test_personal_data_in_an_attribute_that_is_not_kept_is_refused() -> None:
    assert refused(event(partitionkey="0101990710024")) == ("E1201", "$.partitionkey")


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "data"])
def test_a_missing_attribute_is_refused(name: str) -> None:
    message = event()
    del message[name]

    assert refused(message) == ("E1111", f"$.{name}")


def test_an_unknown_attribute_is_refused() -> None:
    assert refused(event(priority="high")) == ("E1110", "$.priority")


def test_a_null_attribute_is_refused() -> None:
    assert refused(event(factid=None)) == ("E1015", "$.factid")


@pytest.mark.parametrize("partner", [True, False])
def test_only_intake_may_set_recordedtime(partner: bool) -> None:  # noqa: FBT001 - a case
    message = event(recordedtime="2023-03-02T09:00:01.250Z")

    assert refused(message, partner=partner) == ("E1113", "$.recordedtime")


def test_a_partner_cannot_send_with_the_source_of_a_service() -> None:
    message = event(source="/services/matching")

    assert refused(message, partner=True) == ("E1115", "$.source")


def test_an_operator_may_send_with_the_source_of_a_service() -> None:
    assert validated(event(source="/services/matching")).source == "/services/matching"


def test_a_type_requires_its_own_kind_of_subject() -> None:
    assert refused(event(subject=VACANCY)) == ("E1114", "$.subject")


def test_an_unknown_type_is_refused() -> None:
    assert refused(changed({"type": "matching.placement.begun.v1"})) == ("E1116", "$.type")


def test_an_unknown_version_is_refused() -> None:
    assert refused(changed({"type": "matching.placement.made.v2"})) == ("E1117", "$.type")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"specversion": "1.0", "specversion": "1.0"}',
        b'{"data": {"on": 1, "on": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 5000,
        b'{"a":' * 5000,
    ],
    ids=range(12),
)
def test_ambiguous_or_unreadable_json_is_refused(raw: bytes) -> None:
    assert refused(raw) == ("E1101", "$")


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"1", b"null"])
def test_an_event_is_an_object(raw: bytes) -> None:
    assert refused(raw) == ("E1102", "$")


def test_an_event_has_at_most_64_kib() -> None:
    message = body()
    full = message + b" " * (64 * 1024 - len(message))

    assert validated(full).id == "e-28"
    assert refused(full + b" ") == ("E1103", "$")


@pytest.mark.parametrize("changes", [{"\ud800": 1}, {"id": "\udfff"}])
def test_half_a_surrogate_pair_is_refused(changes: dict[str, object]) -> None:
    assert refused(changed(changes)) == ("E1104", "$")


def test_a_name_that_is_no_plain_word_is_in_no_path() -> None:
    assert refused(changed({"име и презиме": 1})) == ("E1110", "$[?]")
