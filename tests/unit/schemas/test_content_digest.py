"""Content digests: stored facts are compared by them, so their bytes must never change."""

import hashlib
import json
from collections.abc import Mapping

import pytest

from schemas.catalogue import EVENTS
from schemas.envelope import Envelope, content_digest
from schemas.events.event import Event
from tests.unit.schemas.builders import changed, decoded, event

UNKNOWN = "matching.placement.made.v2"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: str(kind.TYPE))
def test_the_digest_of_a_known_type_is_of_the_data_as_its_model_reads_them(
    kind: type[Event],
) -> None:
    envelope = decoded(event(kind.TYPE))
    assert envelope.data is not None
    read = envelope.data.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    assert content_digest(envelope) == expected_digest(
        envelope, {name: as_set(read[name]) for name in read}
    )


def test_the_digest_of_an_unknown_type_is_of_the_data_as_received() -> None:
    envelope = decoded(changed({"type": UNKNOWN, "data": {"name": "Ђорђе", "list": ["z", "b"]}}))

    assert content_digest(envelope) == expected_digest(
        envelope, {**envelope.content, "list": ["b", "z"]}
    )


def expected_digest(envelope: Envelope[Event], data: Mapping[str, object]) -> bytes:
    """SHA-256 over JSON with sorted keys, without spaces, in ASCII."""
    content = [envelope.type, envelope.subject, envelope.factid, envelope.revision, data]
    written = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).digest()


def as_set(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value
