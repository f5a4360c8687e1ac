"""The JSON Schema of a type's data, as it is committed and compared with what was released."""

import json
from collections.abc import Mapping

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import WithDefaultSchema

from . import forms
from .event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def golden(kind: type[Event]) -> Mapping[str, object]:
    """The schema of a type's `data`: names, forms and limits, with the type's own sentence."""
    schema = kind.model_json_schema(schema_generator=_Schema)
    return {
        "$schema": DIALECT,
        "title": kind.TYPE,
        "x-subject": [f"{letter}-" for letter in kind.SUBJECT],
        **{name: _described(part) for name, part in schema.items() if name != "title"},
    }


def golden_text(kind: type[Event]) -> str:
    """The same as the text of its file."""
    return json.dumps(golden(kind), indent=2, ensure_ascii=False) + "\n"


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
