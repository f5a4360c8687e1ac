"""Holds definitions to their versions: hashes of the entries each makes of a golden log.

The golden log has one story per line. Lines are only added, so that the entries of today's rules
can be compared with the hashes written by earlier ones.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from runtime.messaging.records import Record
from schemas.bilingual_text import BilingualText
from schemas.declared_codes import DeclaredCode, DeclaredCodes
from services.reporting import indicators
from services.reporting.domain.as_of import entries_as_of
from services.reporting.domain.fold import RULES_VERSION
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry, Indicator
from services.reporting.projection.decode import decode_batch

_FOLDER = Path(indicators.__file__).parent
GOLDEN_LOG: Final = _FOLDER / "golden_log.jsonl"
VERSIONS: Final = _FOLDER / "versions.json"
_ROOT = _FOLDER.parents[2]
_SERIES_PREFIX = "s-"
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_NOT_RAISED = (
    "entries of {name} over the golden log changed, but its version did not: raise `version` of"
    " {name}, which is {version} (or `RULES_VERSION`, if the rule is one that definitions share),"
    " then `make render`"
)
_LOWERED = "the version of {name} is lower than before ({version}), but versions only rise"
_OTHER_STORIES = (
    "the first {stories} stories of {log} are not those of the last render: restore them, because"
    " stories are only added at the end"
)


class VersionNotRaisedError(Exception):
    """A definition makes other entries under an unchanged version; the message has the remedy."""


class Story(BaseModel):
    """Events that are folded together, as they are in the log, in the order of arrival."""

    model_config = ConfigDict(frozen=True)

    story: str
    events: tuple[dict[str, object], ...]


class DefinitionEntries(BaseModel):
    """The version of a definition, and a SHA-256 of its entries of the golden log."""

    model_config = ConfigDict(frozen=True)

    version: int
    entries: str


class DefinitionVersions(BaseModel):
    """The entries of all definitions over the first `stories`; `log` is a SHA-256 of their lines.

    `common_rules` is RULES_VERSION.
    """

    model_config = ConfigDict(frozen=True)

    common_rules: int
    stories: int
    log: str
    definitions: dict[str, DefinitionEntries]


def versions() -> Mapping[str, str]:
    """Return the text of the versions file by its path.

    Raises VersionNotRaisedError if entries changed under an unchanged version.
    """
    lines = GOLDEN_LOG.read_text(encoding="utf-8").splitlines()
    if VERSIONS.is_file():
        before = DefinitionVersions.model_validate_json(VERSIONS.read_bytes())
        if problems := not_raised(before, versions_of(lines[: before.stories])):
            raise VersionNotRaisedError("\n".join(problems))
    text = versions_of(lines).model_dump_json(indent=2) + "\n"
    return {VERSIONS.relative_to(_ROOT).as_posix(): text}


def not_raised(before: DefinitionVersions, now: DefinitionVersions) -> list[str]:
    """Return which versions must be raised, in sentences; both sides are of the same stories."""
    if (now.stories, now.log) != (before.stories, before.log):
        return [_OTHER_STORIES.format(stories=before.stories, log=GOLDEN_LOG.name)]
    if now.common_rules < before.common_rules:
        return [_LOWERED.format(name="the common rules", version=before.common_rules)]
    is_raised = now.common_rules > before.common_rules
    problems = []
    for name in sorted(before.definitions.keys() & now.definitions.keys()):
        old, new = before.definitions[name], now.definitions[name]
        if new.version < old.version:
            problems.append(_LOWERED.format(name=name, version=old.version))
        elif new.version == old.version and new.entries != old.entries and not is_raised:
            problems.append(_NOT_RAISED.format(name=name, version=old.version))
    return problems


def versions_of(lines: Sequence[str]) -> DefinitionVersions:
    """Return the versions of this program's definitions with their entries of these stories."""
    stories = [Story.model_validate_json(line) for line in lines]
    catalogue = indicators.catalogue(_declared_codes(stories))
    found: dict[str, list[str]] = defaultdict(list)
    for number, story in enumerate(stories):
        for subject, entry in entries_of_story(story, catalogue):
            found[entry.measure.partition(".")[0]].append(_entry_line(number, subject, entry))
    return DefinitionVersions(
        common_rules=RULES_VERSION,
        stories=len(lines),
        log=_digest(lines),
        definitions={
            each.id: DefinitionEntries(
                version=each.version, entries=_digest(sorted(found[each.id]))
            )
            for each in catalogue
        },
    )


def entries_of_story(story: Story, catalogue: Sequence[Indicator]) -> Iterator[tuple[str, Entry]]:
    """Yield (canonical code, entry) for every entry of a story."""
    records = [
        Record("golden", 0, offset, None, json.dumps(event).encode(), 0)
        for offset, event in enumerate(story.events)
    ]
    # Events without affected codes make no entries.
    counted = (event for event in decode_batch(records).events if event.affected_codes)
    facts: list[Fact] = [event.fact for event in counted if event.fact is not None]
    return entries_as_of(facts, catalogue, _END_OF_TIME)


def _declared_codes(stories: Sequence[Story]) -> DeclaredCodes:
    """Return declarations of every series in the stories, independent of the shipped ones."""
    subjects = {str(event["subject"]) for story in stories for event in story.events}
    codes = sorted(
        each.removeprefix(_SERIES_PREFIX) for each in subjects if each.startswith(_SERIES_PREFIX)
    )
    return DeclaredCodes(
        series={code: DeclaredCode(BilingualText(sr=code, en=code)) for code in codes}
    )


def _entry_line(story: int, subject: str, entry: Entry) -> str:
    """Return an entry as text; equal entries give equal text, also amounts like 1 and 1.0."""
    return json.dumps(
        [
            *(story, subject, entry.measure, str(entry.on), str(entry.until or "")),
            *(entry.municipality, sorted(entry.buckets)),
            f"{Decimal(entry.amount).normalize():f}",
        ]
    )


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
