"""The envelope is CloudEvents 1.0, as the CloudEvents package reads and writes it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from schemas import declared_codes
from schemas.attributes import ATTRIBUTE_NAMES
from schemas.envelope import CONTENT_TYPE, Envelope, encode_event, with_recordedtime
from schemas.events.event import Event
from schemas.validation import strict
from schemas.validation.decode import decode_event
from tests.contract.files import EXAMPLES

NOON = datetime(2023, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
every_example = pytest.mark.parametrize(
    "example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem
)


def example_event(example: Path) -> Envelope[Event]:
    return with_recordedtime(decode_event(example.read_bytes()), NOON)


@every_example
def test_the_package_reads_our_events(example: Path) -> None:
    event = example_event(example)

    read = JSONFormat().read(CloudEvent, encode_event(event))

    assert (read.get_id(), read.get_source(), read.get_type()) == (
        event.id,
        event.source,
        event.type,
    )
    assert (read.get_subject(), read.get_time()) == (event.subject, event.time)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("factid") == event.factid
    assert read.get_extension("revision") == event.revision
    assert read.get_data() == json.loads(encode_event(event))["data"]


@every_example
def test_we_decode_what_the_package_writes(example: Path) -> None:
    event = example_event(example)

    written = JSONFormat().write(JSONFormat().read(CloudEvent, encode_event(event)))

    assert decode_event(written) == event


@every_example
def test_validation_accepts_what_the_package_writes(example: Path) -> None:
    attributes = json.loads(example.read_bytes())
    data = attributes.pop("data")
    attributes["time"] = datetime.fromisoformat(attributes["time"])
    written = JSONFormat().write(CloudEvent(attributes, data))

    event = strict.validate_event(
        written, today=date(2023, 7, 31), declared=declared_codes.shipped(), partner=False
    )

    assert event == decode_event(example.read_bytes())


def test_the_value_in_kafka_has_the_structured_mode() -> None:
    event = example_event(EXAMPLES / "matching.placement.made.v1.json")
    message = KafkaMessage({"content-type": CONTENT_TYPE.encode()}, None, encode_event(event))

    assert from_structured_event(message).get_id() == event.id


def test_the_names_of_our_attributes_are_allowed_by_cloudevents() -> None:
    assert all(name.isascii() and name.isalnum() and name.islower() for name in ATTRIBUTE_NAMES)
