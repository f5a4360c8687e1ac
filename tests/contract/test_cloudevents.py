"""The envelope is CloudEvents 1.0, by the word of the CloudEvents package itself."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from schemas import declarations, door
from schemas.attributes import NAMES
from schemas.envelope import CONTENT_TYPE, Envelope, hear, stamped, to_bytes
from schemas.event import Event
from tests.contract.files import EXAMPLES

NOON = datetime(2023, 3, 2, 12, 0, 0, 250_000, tzinfo=UTC)
every_example = pytest.mark.parametrize(
    "example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem
)


def said_in(example: Path) -> Envelope[Event]:
    return stamped(hear(example.read_bytes()), NOON)


@every_example
def test_the_package_reads_what_we_say(example: Path) -> None:
    said = said_in(example)

    read = JSONFormat().read(CloudEvent, to_bytes(said))

    assert (read.get_id(), read.get_source(), read.get_type()) == (said.id, said.source, said.type)
    assert (read.get_subject(), read.get_time()) == (said.subject, said.time)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("factid") == said.factid
    assert read.get_extension("revision") == said.revision
    assert read.get_data() == json.loads(to_bytes(said))["data"]


@every_example
def test_we_hear_what_the_package_writes(example: Path) -> None:
    said = said_in(example)

    written = JSONFormat().write(JSONFormat().read(CloudEvent, to_bytes(said)))

    assert hear(written) == said


@every_example
def test_the_door_takes_what_the_package_writes(example: Path) -> None:
    attributes = json.loads(example.read_bytes())
    data = attributes.pop("data")
    attributes["time"] = datetime.fromisoformat(attributes["time"])
    written = JSONFormat().write(CloudEvent(attributes, data))

    said = door.check(
        written, today=date(2023, 7, 31), declared=declarations.shipped(), partner=False
    )

    assert said == hear(example.read_bytes())


def test_the_value_in_kafka_is_the_structured_mode() -> None:
    said = said_in(EXAMPLES / "matching.placement.made.v1.json")
    message = KafkaMessage({"content-type": CONTENT_TYPE.encode()}, None, to_bytes(said))

    assert from_structured_event(message).get_id() == said.id


def test_our_attributes_have_names_that_cloudevents_allows() -> None:
    assert all(name.isascii() and name.isalnum() and name.islower() for name in NAMES)
