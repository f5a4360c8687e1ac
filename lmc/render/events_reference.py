"""The reference of events: every type with its fields and an example, and every error code."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from schemas.attributes import Attributes
from schemas.catalogue import EVENTS
from schemas.code_lists import DATA
from schemas.compatibility.golden_schemas import golden_schema, json_schema_of
from schemas.events.event import Event
from schemas.topics import DOMAIN_TOPICS, Topic, topic_of
from schemas.validation import event_rules
from schemas.validation.explanations import EXPLANATIONS
from schemas.validation.problems import TITLES
from services.intake.event_bodies import BATCH_EVENTS_MAX
from services.intake.notes import NOTES

_PATH = "docs/generated/events.md"
_EXAMPLES = DATA.parent / "examples"


class _FieldSchema(BaseModel):
    """The parts of a field's JSON schema that the reference shows."""

    model_config = ConfigDict(frozen=True)

    type: str = ""
    description: str = ""
    enum: tuple[str | int, ...] = ()
    const: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    items: "_FieldSchema | None" = None
    default: object = None

    def valid_values(self) -> str:
        """Return the valid values in a few words."""
        if self.enum or self.const:
            return ", ".join(f"`{value}`" for value in self.enum or (self.const,))
        if self.items is not None:
            return f"list without repeats of: {self.items.valid_values()}"
        if self.type == "integer":
            return f"whole number {self.minimum}–{self.maximum}"
        written = self.description.replace("<", "\\<")
        return written or {"boolean": "`true`, `false`"}.get(self.type, self.type)


class _ObjectSchema(BaseModel):
    """The fields of a JSON schema of an object."""

    model_config = ConfigDict(frozen=True)

    properties: dict[str, _FieldSchema]
    required: tuple[str, ...] = ()
    subjects: tuple[str, ...] = Field(default=(), alias="x-subject")


def events() -> Mapping[str, str]:
    """Return the page."""
    lines = [*_INTRODUCTION, *_envelope()]
    for topic in DOMAIN_TOPICS:
        lines += _topic(topic)
    return {
        _PATH: "\n".join([*lines, *_rules(), *_searched(), *_codes(), *_notes()]).rstrip() + "\n"
    }


def _envelope() -> Iterator[str]:
    yield from ("## The envelope", "", *_paragraphs(Attributes), "")
    yield from _fields(_ObjectSchema.model_validate(json_schema_of(Attributes)), "attribute")


def _topic(topic: Topic) -> Iterator[str]:
    producers = ", ".join(topic.producers)
    consumers = ", ".join(topic.consumers) or "no service yet"
    yield from (f"## Topic `{topic.name}`", "")
    yield f"Key: {topic.key}. {topic.partitions} partitions, kept forever."
    yield from (f"Published by {producers}. Consumed by {consumers}.", "")
    for kind in EVENTS:
        if topic_of(kind.TYPE) is topic:
            yield from _type(kind)


def _type(kind: type[Event]) -> Iterator[str]:
    schema = _ObjectSchema.model_validate(golden_schema(kind))
    yield from (f"### `{kind.TYPE}`", "", *_paragraphs(kind), "")
    yield from (f"Subject: {' or '.join(f'`{s}…`' for s in schema.subjects)}", "")
    yield from _fields(schema, "field")
    example = json.loads((_EXAMPLES / f"{kind.TYPE}.json").read_text(encoding="utf-8"))
    yield from ("```json", json.dumps(example, ensure_ascii=False), "```", "")


def _fields(schema: _ObjectSchema, heading: str) -> Iterator[str]:
    yield from (f"| {heading} | need | value |", "|---|---|---|")
    for name, field in schema.properties.items():
        optional = "optional" if field.default is None else f"default `{json.dumps(field.default)}`"
        need = "required" if name in schema.required else optional
        yield f"| `{name}` | {need} | {field.valid_values()} |"
    yield ""


def _rules() -> Iterator[str]:
    yield from ("## Rules that no schema shows", "", "Intake also applies these rules:", "")
    for rule in event_rules.RULES:
        yield f"- {rule.text}"
    yield from (f"- {rule}" for rule in _BEYOND)
    yield ""


def _searched() -> Iterator[str]:
    yield from ("## Ids that look like somebody's number", "")
    yield from (
        "Of a million made-up ids of each of ten usual shapes (a day with a counter, milliseconds",
        "since 1970, date and time in digits, UUID, ULID, running numbers, case numbers)",
        "at most ten are refused as personal data; of 100,000 JMBG, phones and e-mail addresses in",
        "each of ten ways of writing none passes (`LMC_IDS=1000000 make properties`).",
        "Day, month, year and counter in one run of digits can be a phone number: part them by a",
        "hyphen, or use UUIDs.",
        "",
    )


def _codes() -> Iterator[str]:
    yield from ("## Error codes", "")
    yield from (
        "A code never changes its meaning; `GET /errors/{code}` of every service explains it.",
        "",
        "| code | title | meaning | remedy | example |",
        "|---|---|---|---|---|",
    )
    for code, title in TITLES.items():
        explained = EXPLANATIONS[code]
        texts = (explained.meaning.en, explained.remedy.en, f"`{explained.example}`")
        yield f"| `{code}` | {title.en} ({title.sr}) | {' | '.join(texts)} |"


def _notes() -> Iterator[str]:
    yield from ("", "## Notes", "")
    yield from (
        "An accepted event may get notes, in the response and in its receipt.",
        "A note refuses nothing.",
        "",
        "| code | meaning |",
        "|---|---|",
    )
    for code, text in NOTES.items():
        yield f"| `{code}` | {text} |"


def _paragraphs(model: type[BaseModel]) -> list[str]:
    return [line.strip() for line in (model.__doc__ or "").strip().splitlines()]


_BEYOND: Final = (
    "Refuse a code of a municipality, an occupation or a country that is not in its list.",
    "Refuse a JMBG, an e-mail address or a phone number in any string, name or number.",
    "They are found with separators inside, too; names of people are not recognised.",
    "Refuse null, a field name that an object has twice, and an event of more than 64 KiB.",
    "Refuse another content of a revision that the same source has stated (E1303).",
    "Refuse a correction or retraction whose factid its source has stated otherwise (E1304).",
    "Refuse an end or a confirmation before the first day of the source's own placement (E1302).",
)
_INTRODUCTION: Final = (
    "# Reference of events",
    "",
    "Rendered by `make render` from `schemas/`; do not edit.",
    f"{len(EVENTS)} types.",
    "The JSON Schemas of their data are in `schemas/golden/`, complete examples in",
    "`schemas/examples/`, topics and messages for tools in `asyncapi.json`.",
    "",
    "`POST /events` accepts one event (`Content-Type: application/cloudevents+json`),",
    f"a batch of up to {BATCH_EVENTS_MAX} (`application/cloudevents-batch+json`),",
    "or one event in binary mode: its data are the body (`application/json`), its attributes",
    "headers `ce-…`.",
    "A partner's topic accepts records in both modes, with headers `ce_…` in binary mode.",
    "Every fault of an event is reported at once; `?dry_run=true` answers alike, keeping nothing.",
    "",
)
