"""Render the AsyncAPI 3 document: topics, messages, producers and consumers, for tools."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from schemas.catalogue import BY_TYPE, EVENTS
from schemas.code_lists import DATA
from schemas.compatibility.golden_schemas import event_schema
from schemas.envelope import CONTENT_TYPE
from schemas.events.event import Event
from schemas.topics import DOMAIN_TOPICS, Topic, partner_topic, topic_of

_PATH = "docs/generated/asyncapi.json"
_LANGUAGE_VERSION = "1.0.0"  # all types are version 1; grows with the first .v2
_SCHEMA_FORMAT = "application/schema+json;version=draft-07"
_BINDING_VERSION = "0.5.0"
_REPLICAS = 3
_EXAMPLES = DATA.parent / "examples"

_Node = Mapping[str, object]


def document() -> Mapping[str, str]:
    """Return the document."""
    api = {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": CONTENT_TYPE,
        "servers": _SERVERS,
        "channels": {
            **{topic.name: _channel(topic) for topic in DOMAIN_TOPICS},
            **_partner_channel(),
        },
        "operations": dict(_operations()),
        "components": {
            "messages": {event.TYPE: _message(event) for event in EVENTS},
            "schemas": {
                event.TYPE: {"schemaFormat": _SCHEMA_FORMAT, "schema": event_schema(event)}
                for event in EVENTS
            },
        },
    }
    return {_PATH: json.dumps(api, indent=1, ensure_ascii=False) + "\n"}


def _channel(topic: Topic) -> _Node:
    events = [event for event in EVENTS if topic_of(event.TYPE) is topic]
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Kept forever.",
        "messages": _messages(events),
        "bindings": {"kafka": _kafka(topic, topic.name)},
    }


def _partner_channel() -> dict[str, _Node]:
    topic = partner_topic("{partner}")
    reporting = topic_of("reporting")
    events = [event for event in EVENTS if topic_of(event.TYPE) is not reporting]
    channel = {
        "address": topic.name,
        "description": "A partner's own topic, which only this partner writes. Kept for 7 days; "
        "intake validates every event and publishes it to the topic of its domain.",
        "parameters": {"partner": {"description": "The partner's id, as in its source."}},
        "messages": _messages(events),
        "bindings": {"kafka": _kafka(topic, None)},
    }
    return {_PARTNER_CHANNEL: channel}


def _kafka(topic: Topic, name: str | None) -> _Node:
    named = {} if name is None else {"topic": name}
    configuration = {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms}
    return {
        **named,
        "partitions": topic.partitions,
        "replicas": _REPLICAS,
        "topicConfiguration": configuration,
        "bindingVersion": _BINDING_VERSION,
    }


def _messages(events: Iterable[type[Event]]) -> _Node:
    return {event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"} for event in events}


def _operations() -> Iterator[tuple[str, _Node]]:
    for topic in DOMAIN_TOPICS:
        for service in topic.producers:
            summary = f"{service} publishes"
            yield f"{service}-publishes-{topic.name}", _operation("send", topic.name, summary)
        for service in topic.consumers:
            yield f"{service}-consumes-{topic.name}", _consumption(topic.name, service)
    yield "partner-publishes", _operation("send", _PARTNER_CHANNEL, "a partner publishes")
    yield "intake-consumes", _consumption(_PARTNER_CHANNEL, "intake")


def _consumption(channel: str, service: str) -> _Node:
    group = {"groupId": {"type": "string", "enum": [f"lmc-{service}"]}}
    bindings = {"kafka": {**group, "bindingVersion": _BINDING_VERSION}}
    return {**_operation("receive", channel, f"{service} consumes"), "bindings": bindings}


def _operation(action: str, channel: str, summary: str) -> _Node:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _message(event: type[Event]) -> _Node:
    example = json.loads((_EXAMPLES / f"{event.TYPE}.json").read_text(encoding="utf-8"))
    return {
        "name": event.TYPE,
        "title": event.__name__,
        "summary": (event.__doc__ or "").partition("\n")[0],
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": f"#/components/schemas/{event.TYPE}"},
        "x-kafka-key": "subject",
        "examples": [{"payload": example}],
    }


_PARTNER_CHANNEL: Final = "partner-topic"
_INFO: Final[_Node] = {
    "title": "LMC live: the event language",
    "version": _LANGUAGE_VERSION,
    "description": f"{len(BY_TYPE)} event types that services and partners publish. "
    "CloudEvents 1.0, structured JSON, at most 64 KiB; the Kafka key is the subject. "
    "No personal data, ever.",
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}
_SERVERS: Final[_Node] = {
    "local": {
        "host": "127.0.0.1:9092",
        "protocol": "kafka",
        "description": "The local stack that `lmc up` starts.",
    }
}
