"""Whether a golden schema still understands, and is understood by, the released one.

Within a version only optional fields are added. Two sides must be able to live with a change:
who still **says** the released form (its events must be accepted by the new one), and who still
**hears** by the released form (it must be able to read what the new one says; it ignores fields it
does not know). Anything that breaks one of them is a new version of the type.
"""

import json
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field

WORDS = frozenset({"title", "description", "$schema", "examples"})  # change what nobody parses
ABSENT = "nothing"


class FieldSchema(BaseModel):
    """The part of a field's schema that has an order: what is more, and what is less."""

    model_config = ConfigDict(extra="allow", frozen=True)

    enum: tuple[str | int, ...] | None = None
    const: str | int | None = None
    minimum: int | None = None
    maximum: int | None = None
    items: "FieldSchema | None" = None

    def words(self) -> frozenset[str | int] | None:
        """The closed list, if it is one."""
        if self.const is not None:
            return frozenset({self.const})
        return None if self.enum is None else frozenset(self.enum)

    def rest(self) -> dict[str, str]:
        """Every other keyword, as canonical text."""
        return _canonical(self.model_extra)


class TypeSchema(BaseModel):
    """A golden schema, read for comparison."""

    model_config = ConfigDict(extra="allow", frozen=True)

    properties: dict[str, FieldSchema]
    required: frozenset[str] = frozenset()
    subjects: frozenset[str] = Field(default=frozenset(), alias="x-subject")

    def rest(self) -> dict[str, str]:
        """Every other keyword, as canonical text."""
        return _canonical(self.model_extra)


def broken(released: Mapping[str, str], golden: Mapping[str, str]) -> tuple[str, ...]:
    """What would break, in sentences; texts of schemas by type. New types break nothing."""
    return tuple(
        f"{name}: {sentence}"
        for name, text in sorted(released.items())
        for sentence in _broken_type(text, golden.get(name))
    )


def _broken_type(released: str, golden: str | None) -> Iterator[str]:
    if golden is None:
        yield "the type was removed; who says it is refused, who hears it waits in vain"
        return
    old, new = TypeSchema.model_validate_json(released), TypeSchema.model_validate_json(golden)
    yield from _changed_words("its subjects", old.subjects, new.subjects)
    yield from _changed_rest("the type", old.rest(), new.rest())
    for name in sorted(old.properties.keys() | new.properties.keys()):
        yield from _broken_field(name, old, new)


def _broken_field(name: str, old: TypeSchema, new: TypeSchema) -> Iterator[str]:
    was, is_now = old.properties.get(name), new.properties.get(name)
    was_required, is_required = name in old.required, name in new.required
    if is_now is None:
        yield f"field {name} was removed; who still says it is refused"
    if is_required and not was_required:
        yield f"field {name} is newly required; who does not say it is refused"
    if was_required and not is_required:
        yield f"field {name} is no longer required; who hears by the released form needs it"
    if was is not None and is_now is not None:
        yield from _changed(f"field {name}", was, is_now)


def _changed(what: str, was: FieldSchema, is_now: FieldSchema) -> Iterator[str]:
    yield from _changed_words(f"{what}: the list", was.words(), is_now.words())
    yield from _changed_bound(f"{what}: the minimum", was.minimum, is_now.minimum, sign=1)
    yield from _changed_bound(f"{what}: the maximum", was.maximum, is_now.maximum, sign=-1)
    yield from _changed_rest(what, was.rest(), is_now.rest())
    if was.items is not None and is_now.items is not None:
        yield from _changed(f"{what}: its elements", was.items, is_now.items)
    elif was.items != is_now.items:
        yield f"{what}: the form of its elements changed; both sides read it differently"


def _changed_words(
    what: str, was: frozenset[str | int] | None, is_now: frozenset[str | int] | None
) -> Iterator[str]:
    if was is None or is_now is None:
        if was != is_now:
            yield f"{what} is closed on one side only"
        return
    if lost := was - is_now:
        yield f"{what} lost {_listed(lost)}; who still says it is refused"
    if gained := is_now - was:
        yield f"{what} gained {_listed(gained)}; who hears by the released form refuses it"


def _changed_bound(what: str, was: int | None, is_now: int | None, *, sign: int) -> Iterator[str]:
    """`sign` 1: a greater bound is narrower; -1: a smaller one is."""
    if was == is_now:
        return
    is_narrower = was is None or (is_now is not None and (is_now - was) * sign > 0)
    who = "who still says the rest is refused" if is_narrower else "who hears refuses the rest"
    yield f"{what} went from {_or_nothing(was)} to {_or_nothing(is_now)}; {who}"


def _changed_rest(what: str, was: Mapping[str, str], is_now: Mapping[str, str]) -> Iterator[str]:
    for word in sorted(was.keys() | is_now.keys()):
        before, after = was.get(word, ABSENT), is_now.get(word, ABSENT)
        if before != after:
            yield f"{what}: {word} went from {before} to {after}; both sides read it differently"


def _canonical(keywords: Mapping[str, object] | None) -> dict[str, str]:
    kept = {name: value for name, value in (keywords or {}).items() if name not in WORDS}
    return {name: json.dumps(value, sort_keys=True) for name, value in kept.items()}


def _listed(words: frozenset[str | int]) -> str:
    return ", ".join(sorted(str(word) for word in words))


def _or_nothing(bound: int | None) -> str:
    return ABSENT if bound is None else str(bound)
