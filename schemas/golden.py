"""The JSON Schema of a type's data, as it is committed and compared with what was released."""

import json
from collections.abc import Mapping

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import WithDefaultSchema

from . import forms
from .attributes import Attributes
from .event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def golden(kind: type[Event]) -> Mapping[str, object]:
    """The schema of a type's `data`: names, forms and limits, with the type's own sentence."""
    return {
        "$schema": DIALECT,
        "title": kind.TYPE,
        "x-subject": [f"{letter}-" for letter in kind.SUBJECT],
        **schema_of(kind),
    }


def whole(kind: type[Event]) -> Mapping[str, object]:
    """The schema of a whole event of a type: the envelope with its data."""
    envelope, data = dict(schema_of(Attributes)), dict(schema_of(kind))
    attributes = envelope["properties"]
    assert isinstance(attributes, dict)  # noqa: S101 - a model has properties
    subject = "|".join(forms.SUBJECTS[letter].strip("^$") for letter in kind.SUBJECT)
    special = {
        "type": {"const": kind.TYPE},
        "subject": {"type": "string", "pattern": f"^({subject})$"},
        "data": data,
    }
    properties = {**attributes, **special}
    return {**envelope, "title": kind.TYPE, "properties": properties}


def golden_text(kind: type[Event]) -> str:
    """The same as the text of its file."""
    return json.dumps(golden(kind), indent=2, ensure_ascii=False) + "\n"


def schema_of(model: type[BaseModel]) -> Mapping[str, object]:
    """The schema of one model, forms put in words."""
    schema = model.model_json_schema(schema_generator=_Schema)
    return {name: _described(part) for name, part in schema.items() if name != "title"}


class _Schema(GenerateJsonSchema):
    """Absent is not null, and a field's title would only repeat its name."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", 0) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: CoreSchema) -> bool:  # noqa: ARG002 - pydantic's name
        return False


def _described(part: object) -> object:
    """Patterns with the words that say how to write them."""
    if isinstance(part, list):
        return [_described(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    described = {name: _described(inner) for name, inner in part.items()}
    pattern = part.get("pattern")
    if isinstance(pattern, str) and pattern in forms.WRITTEN:
        described["description"] = forms.WRITTEN[pattern]
    return described
