"""Pydantic annotations for codes of a list, civil dates, fields left out when None, and sets."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as cs

from . import patterns


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code of a shipped list. Values are checked by the list; the JSON Schema has a pattern."""

    name: str
    codes: Callable[[], Collection[str]]
    pattern: str

    def __get_pydantic_core_schema__(self, _source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        return cs.custom_error_schema(
            cs.literal_schema(sorted(self.codes())),
            custom_error_type=f"unknown_{self.name}",
            custom_error_message=f"not a {self.name} of the list",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.pattern, "x-list": self.name}


class IsoDate:
    """A civil date: a `date`, or its ISO 8601 form YYYY-MM-DD, nothing else."""

    def __get_pydantic_core_schema__(self, _source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        text = cs.chain_schema([cs.str_schema(pattern=patterns.DATE), cs.date_schema()])
        either = cs.union_schema([text, cs.date_schema(strict=True)], mode="left_to_right")
        return cs.custom_error_schema(
            # For JSON, pydantic's strict date also accepts seconds since 1970 in a string.
            cs.json_or_python_schema(json_schema=text, python_schema=either),
            custom_error_type="civil_date",
            custom_error_message="not a day of the calendar",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "date", "pattern": patterns.DATE}


class OmittedWhenNone:
    """An optional field: None in Python, left out in JSON; null is refused by strict validation."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        full = handler(schema)
        return next(part for part in full.get("anyOf", [full]) if part != {"type": "null"})


class UniqueItems:
    """A list without repeated elements; the order of the elements has no meaning."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return cs.no_info_after_validator_function(_require_unique, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def _require_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > 1 and len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "an element is repeated")
    return values
