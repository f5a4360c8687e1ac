"""The AsyncAPI document is valid for tools and agrees with the code."""

import json
from collections.abc import Iterator

import jsonschema
import pytest
from pydantic_asyncapi.v3 import AsyncAPI

from schemas.catalogue import BY_TYPE
from schemas.topics import DOMAIN_TOPICS, topic_of
from tests.contract.files import ASYNCAPI

Node = dict[str, object]


@pytest.fixture(scope="module")
def document() -> AsyncAPI:
    return AsyncAPI.model_validate_json(ASYNCAPI.read_bytes())


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == "$ref":
                yield inner
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


def test_it_is_asyncapi_3(document: AsyncAPI) -> None:
    assert document.asyncapi == "3.0.0"


def test_every_topic_is_a_channel_with_the_messages_of_its_types(document: AsyncAPI) -> None:
    assert document.channels is not None
    for topic in DOMAIN_TOPICS:
        channel = document.channels[topic.name]
        types = {type_ for type_ in BY_TYPE if topic_of(type_) is topic}

        assert set(channel.messages or {}) == types  # type: ignore[union-attr]  # no reference


def test_every_type_is_a_message(document: AsyncAPI) -> None:
    assert document.components is not None
    assert set(document.components.messages or {}) == set(BY_TYPE)


def test_every_producer_and_consumer_is_an_operation(document: AsyncAPI) -> None:
    expected = {f"{service}-publishes-{t.name}" for t in DOMAIN_TOPICS for service in t.producers}
    expected |= {f"{service}-consumes-{t.name}" for t in DOMAIN_TOPICS for service in t.consumers}

    assert set(document.operations or {}) == expected | {"partner-publishes", "intake-consumes"}


def test_every_reference_can_be_resolved() -> None:
    document = json.loads(ASYNCAPI.read_bytes())
    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("type_", BY_TYPE)
def test_every_message_has_an_example_that_its_payload_allows(type_: str) -> None:
    components = json.loads(ASYNCAPI.read_bytes())["components"]
    payload = components["schemas"][type_]["schema"]
    example = components["messages"][type_]["examples"][0]["payload"]

    jsonschema.Draft7Validator.check_schema(payload)
    assert jsonschema.Draft7Validator(payload).is_valid(example)
    assert not jsonschema.Draft7Validator(payload).is_valid({**example, "type": "a.b.c.v1"})
