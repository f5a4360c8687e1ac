"""The AsyncAPI 3 document: topics, messages, who says and who hears, for partners' tools."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from schemas.catalogue import BY_TYPE, EVENTS
from schemas.envelope import CONTENT_TYPE
from schemas.event import Event
from schemas.golden import whole
from schemas.lists import DATA
from schemas.topics import DOMAIN_TOPICS, Topic, partner_topic, topic_of

PATH = "docs/generated/asyncapi.json"
LANGUAGE_VERSION = "1.0.0"  # all types are version 1; grows with the first .v2
SCHEMA_FORMAT = "application/schema+json;version=draft-07"
BINDING_VERSION = "0.5.0"
REPLICAS = 3
EXAMPLES = DATA.parent / "examples"

Node = Mapping[str, object]


def document() -> Mapping[str, str]:
    """The whole document."""
    api = {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": CONTENT_TYPE,
        "servers": SERVERS,
        "channels": {**{topic.name: _channel(topic) for topic in DOMAIN_TOPICS}, **_partner_lane()},
        "operations": dict(_operations()),
        "components": {
            "messages": {kind.TYPE: _message(kind) for kind in EVENTS},
            "schemas": {
                kind.TYPE: {"schemaFormat": SCHEMA_FORMAT, "schema": whole(kind)} for kind in EVENTS
            },
        },
    }
    return {PATH: json.dumps(api, indent=1, ensure_ascii=False) + "\n"}


def _channel(topic: Topic) -> Node:
    kinds = [kind for kind in EVENTS if topic_of(kind.TYPE) is topic]
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Kept for ever.",
        "messages": _messages(kinds),
        "bindings": {"kafka": _kafka(topic, topic.name)},
    }


def _partner_lane() -> Mapping[str, Node]:
    topic = partner_topic("{partner}")
    reporting = topic_of("reporting")
    kinds = [kind for kind in EVENTS if topic_of(kind.TYPE) is not reporting]
    lane = {
        "address": topic.name,
        "description": "A partner's own lane, which only this partner writes. Kept for 7 days; "
        "intake checks every event and passes it on to the topic of its domain.",
        "parameters": {"partner": {"description": "The partner's id, as in its source."}},
        "messages": _messages(kinds),
        "bindings": {"kafka": _kafka(topic, None)},
    }
    return {PARTNER_LANE: lane}


def _kafka(topic: Topic, name: str | None) -> Node:
    named = {} if name is None else {"topic": name}
    configuration = {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms}
    return {
        **named,
        "partitions": topic.partitions,
        "replicas": REPLICAS,
        "topicConfiguration": configuration,
        "bindingVersion": BINDING_VERSION,
    }


def _messages(kinds: Iterable[type[Event]]) -> Node:
    return {kind.TYPE: {"$ref": f"#/components/messages/{kind.TYPE}"} for kind in kinds}


def _operations() -> Iterator[tuple[str, Node]]:
    for topic in DOMAIN_TOPICS:
        for room in topic.said_by:
            yield f"{room}-says-{topic.name}", _operation("send", topic.name, f"{room} says")
        for room in topic.heard_by:
            yield f"{room}-hears-{topic.name}", _heard(topic.name, room)
    yield "partner-says", _operation("send", PARTNER_LANE, "a partner says")
    yield "intake-hears", _heard(PARTNER_LANE, "intake")


def _heard(channel: str, room: str) -> Node:
    group = {"groupId": {"type": "string", "enum": [f"lmc-{room}"]}}
    bindings = {"kafka": {**group, "bindingVersion": BINDING_VERSION}}
    return {**_operation("receive", channel, f"{room} hears"), "bindings": bindings}


def _operation(action: str, channel: str, summary: str) -> Node:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _message(kind: type[Event]) -> Node:
    example = json.loads((EXAMPLES / f"{kind.TYPE}.json").read_text(encoding="utf-8"))
    return {
        "name": kind.TYPE,
        "title": kind.__name__,
        "summary": (kind.__doc__ or "").partition("\n")[0],
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": f"#/components/schemas/{kind.TYPE}"},
        "x-kafka-key": "subject",
        "examples": [{"payload": example}],
    }


PARTNER_LANE: Final = "partner-lane"
INFO: Final[Node] = {
    "title": "LMC live: the event language",
    "version": LANGUAGE_VERSION,
    "description": f"{len(BY_TYPE)} event types that services and partners say to each other. "
    "CloudEvents 1.0, structured JSON, at most 64 KiB; the Kafka key is the subject. "
    "No personal data, ever.",
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}
SERVERS: Final[Node] = {
    "local": {
        "host": "127.0.0.1:9092",
        "protocol": "kafka",
        "description": "The local stack that `lmc up` starts.",
    }
}
