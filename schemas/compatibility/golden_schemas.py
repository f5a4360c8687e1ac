"""The JSON Schema of each event type, which is committed and compared with the released one."""

import json
from collections.abc import Mapping

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import WithDefaultSchema

from .. import patterns
from ..attributes import Attributes
from ..events.event import Event

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def golden_schema(kind: type[Event]) -> Mapping[str, object]:
    """Return the schema of a type's `data`: names, patterns, limits, and the model's docstring."""
    return {
        "$schema": _DIALECT,
        "title": kind.TYPE,
        "x-subject": [f"{letter}-" for letter in kind.SUBJECT],
        **json_schema_of(kind),
    }


def event_schema(kind: type[Event]) -> Mapping[str, object]:
    """Return the schema of an entire event of a type: the envelope with its data."""
    envelope, data = dict(json_schema_of(Attributes)), dict(json_schema_of(kind))
    attributes = envelope["properties"]
    assert isinstance(attributes, dict)  # noqa: S101 - a model has properties
    subject = "|".join(patterns.SUBJECTS[letter].strip("^$") for letter in kind.SUBJECT)
    special = {
        "type": {"const": kind.TYPE},
        "subject": {"type": "string", "pattern": f"^({subject})$"},
        "data": data,
    }
    properties = {**attributes, **special}
    return {**envelope, "title": kind.TYPE, "properties": properties}


def golden_schema_text(kind: type[Event]) -> str:
    """Return the golden schema as the text of its file."""
    return json.dumps(golden_schema(kind), indent=2, ensure_ascii=False) + "\n"


def json_schema_of(model: type[BaseModel]) -> Mapping[str, object]:
    """Return the schema of one model, with a description of each pattern."""
    schema = model.model_json_schema(schema_generator=_Schema)
    return {name: _described(part) for name, part in schema.items() if name != "title"}


class _Schema(GenerateJsonSchema):
    """Leaves out null, because absent is not null, and titles, which repeat the field names."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", 0) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: CoreSchema) -> bool:  # noqa: ARG002 - pydantic's name
        return False


def _described(part: object) -> object:
    """Add to each pattern a description of how to write such a text."""
    if isinstance(part, list):
        return [_described(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    described = {name: _described(inner) for name, inner in part.items()}
    pattern = part.get("pattern")
    if isinstance(pattern, str) and pattern in patterns.DESCRIPTIONS:
        described["description"] = patterns.DESCRIPTIONS[pattern]
    return described
