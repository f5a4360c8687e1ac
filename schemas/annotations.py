"""What pydantic does not know by itself: listed codes, civil days, absent fields, sets."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as cs

from . import forms


@dataclass(frozen=True, slots=True)
class Listed:
    """A code of a shipped list. The list is checked; the JSON Schema shows only the form."""

    name: str
    codes: Callable[[], Collection[str]]
    pattern: str

    def __get_pydantic_core_schema__(self, _source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        return cs.custom_error_schema(
            cs.literal_schema(sorted(self.codes())),
            custom_error_type=f"unknown_{self.name}",
            custom_error_message=f"no {self.name} of the list",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.pattern, "x-list": self.name}


class CivilDay:
    """A civil date: a `date`, or its ISO form with four, two and two digits, nothing else."""

    def __get_pydantic_core_schema__(self, _source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        said = cs.chain_schema([cs.str_schema(pattern=forms.DATE), cs.date_schema()])
        either = cs.union_schema([said, cs.date_schema(strict=True)], mode="left_to_right")
        return cs.custom_error_schema(
            # In JSON a strict date is also a number of seconds in a string.
            cs.json_or_python_schema(json_schema=said, python_schema=either),
            custom_error_type="civil_date",
            custom_error_message="no day of the calendar",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "date", "pattern": forms.DATE}


class MayBeLeftOut:
    """An optional field: `None` inside; on the wire it is left out, and null is refused."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        shown = handler(schema)
        return next(one for one in shown.get("anyOf", [shown]) if one != {"type": "null"})


class NoRepeats:
    """A list in which nothing stands twice; its order means nothing."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return cs.no_info_after_validator_function(_without_repeats, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def _without_repeats(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > 1 and len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "an element stands twice")
    return values
