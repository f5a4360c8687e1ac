"""Digests of what events say: stored facts are compared with them, so their bytes never change."""

import hashlib
import json
from collections.abc import Mapping

import pytest

from schemas.catalogue import EVENTS
from schemas.envelope import Envelope, content_digest
from schemas.event import Event
from tests.unit.schemas.saying import changed, event, heard

UNKNOWN = "matching.placement.made.v2"


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: str(kind.TYPE))
def test_the_digest_of_a_type_is_of_what_its_model_reads(
    kind: type[Event],
) -> None:
    said = heard(event(kind.TYPE))
    assert said.data is not None
    read = said.data.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    assert content_digest(said) == digest_of(said, {name: as_set(read[name]) for name in read})


def test_the_digest_of_an_unknown_type_is_of_what_was_said() -> None:
    said = heard(changed({"type": UNKNOWN, "data": {"name": "Ђорђе", "list": ["z", "b"]}}))

    assert content_digest(said) == digest_of(said, {**said.content, "list": ["b", "z"]})


def digest_of(said: Envelope[Event], data: Mapping[str, object]) -> bytes:
    """The rule itself: SHA-256 over JSON with sorted keys, without spaces, in ASCII."""
    content = [said.type, said.subject, said.factid, said.revision, data]
    written = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).digest()


def as_set(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value
