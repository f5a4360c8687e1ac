"""The reference of events: every type with its fields and an example, and every error code."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from schemas import rules
from schemas.attributes import Attributes
from schemas.catalogue import EVENTS
from schemas.event import Event
from schemas.golden import golden, schema_of
from schemas.lists import DATA
from schemas.problem import CODES
from schemas.topics import DOMAIN_TOPICS, Topic, topic_of

PATH = "docs/generated/events.md"
EXAMPLES = DATA.parent / "examples"


class Shape(BaseModel):
    """What the reference tells of a field's schema."""

    model_config = ConfigDict(frozen=True)

    type: str = ""
    description: str = ""
    enum: tuple[str | int, ...] = ()
    const: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    items: "Shape | None" = None
    default: object = None

    def words(self) -> str:
        """The valid values in a few words."""
        if self.enum or self.const:
            return ", ".join(f"`{word}`" for word in self.enum or (self.const,))
        if self.items is not None:
            return f"list without repeats of: {self.items.words()}"
        if self.type == "integer":
            return f"whole number {self.minimum}–{self.maximum}"
        written = self.description.replace("<", "\\<")
        return written or {"boolean": "`true`, `false`"}.get(self.type, self.type)


class Shapes(BaseModel):
    """The fields of an object."""

    model_config = ConfigDict(frozen=True)

    properties: dict[str, Shape]
    required: tuple[str, ...] = ()
    subjects: tuple[str, ...] = Field(default=(), alias="x-subject")


def events() -> Mapping[str, str]:
    """The whole page."""
    lines = [*INTRODUCTION, *_envelope()]
    for topic in DOMAIN_TOPICS:
        lines += _topic(topic)
    return {PATH: "\n".join([*lines, *_rules(), *_codes()]).rstrip() + "\n"}


def _envelope() -> Iterator[str]:
    yield from ("## The envelope", "", *_paragraphs(Attributes), "")
    yield from _fields(Shapes.model_validate(schema_of(Attributes)), "attribute")


def _topic(topic: Topic) -> Iterator[str]:
    said, heard = ", ".join(topic.said_by), ", ".join(topic.heard_by) or "nobody yet"
    yield from (f"## Topic `{topic.name}`", "")
    yield f"Key: {topic.key}. {topic.partitions} partitions, kept for ever."
    yield from (f"Said by {said}. Heard by {heard}.", "")
    for kind in EVENTS:
        if topic_of(kind.TYPE) is topic:
            yield from _type(kind)


def _type(kind: type[Event]) -> Iterator[str]:
    shapes = Shapes.model_validate(golden(kind))
    yield from (f"### `{kind.TYPE}`", "", *_paragraphs(kind), "")
    yield from (f"Subject: {' or '.join(f'`{s}…`' for s in shapes.subjects)}", "")
    yield from _fields(shapes, "field")
    example = json.loads((EXAMPLES / f"{kind.TYPE}.json").read_text(encoding="utf-8"))
    yield from ("```json", json.dumps(example, ensure_ascii=False), "```", "")


def _fields(shapes: Shapes, heading: str) -> Iterator[str]:
    yield from (f"| {heading} | need | value |", "|---|---|---|")
    for name, shape in shapes.properties.items():
        optional = "optional" if shape.default is None else f"default `{json.dumps(shape.default)}`"
        need = "required" if name in shapes.required else optional
        yield f"| `{name}` | {need} | {shape.words()} |"
    yield ""


def _rules() -> Iterator[str]:
    yield from ("## Rules that no schema shows", "", "The door also checks that:", "")
    for rule in rules.RULES:
        yield f"- {' '.join((rule.__doc__ or '').split())}"
    yield from (f"- {rule}" for rule in BEYOND)
    yield ""


def _codes() -> Iterator[str]:
    yield from ("## Error codes", "")
    yield from (
        "A code keeps its meaning for ever.",
        "",
        "| code | English | Serbian |",
        "|---|---|---|",
    )
    for code, title in CODES.items():
        yield f"| `{code}` | {title.en} | {title.sr} |"


def _paragraphs(model: type[BaseModel]) -> list[str]:
    return [line.strip() for line in (model.__doc__ or "").strip().splitlines()]


BEYOND: Final = (
    "A code of the lists of municipalities, occupations and countries is on its list.",
    "No string, name or number holds a JMBG, an e-mail address or a phone number.",
    "No value is null, no object names a field twice, an event has at most 64 KiB.",
)
INTRODUCTION: Final = (
    "# Reference of events",
    "",
    "Rendered by `make render` from `schemas/`; do not edit.",
    f"{len(EVENTS)} types.",
    "The JSON Schemas of their data stand in `schemas/golden/`, whole examples in",
    "`schemas/examples/`, topics and messages for tools in `asyncapi.json`.",
    "",
)
