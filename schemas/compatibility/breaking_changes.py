"""Find changes of a golden schema that would break producers or consumers of the released one.

Within a version only optional fields are added. A change must be safe for both sides: a producer of
the released form, whose events the new one must accept; and a consumer of the released form, which
must be able to read the new events and ignores unknown fields. A change that breaks one of them
needs a new version of the type.
"""

import json
from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field

_ANNOTATIONS = frozenset(
    {"title", "description", "$schema", "examples"}
)  # no validator reads these
_ABSENT = "nothing"


class _GoldenField(BaseModel):
    """The schema of a field: the keywords that can be widened or narrowed, and the others."""

    model_config = ConfigDict(extra="allow", frozen=True)

    enum: tuple[str | int, ...] | None = None
    const: str | int | None = None
    minimum: int | None = None
    maximum: int | None = None
    items: "_GoldenField | None" = None

    def closed_list(self) -> frozenset[str | int] | None:
        """Return the values of a closed list; None if the field has no closed list."""
        if self.const is not None:
            return frozenset({self.const})
        return None if self.enum is None else frozenset(self.enum)

    def other_keywords(self) -> dict[str, str]:
        """Return every other keyword, its value as canonical JSON."""
        return _canonical(self.model_extra)


class _GoldenType(BaseModel):
    """A golden schema, parsed for comparison."""

    model_config = ConfigDict(extra="allow", frozen=True)

    properties: dict[str, _GoldenField]
    required: frozenset[str] = frozenset()
    subjects: frozenset[str] = Field(default=frozenset(), alias="x-subject")

    def other_keywords(self) -> dict[str, str]:
        """Return every other keyword, its value as canonical JSON."""
        return _canonical(self.model_extra)


def breaking_changes(released: Mapping[str, str], golden: Mapping[str, str]) -> tuple[str, ...]:
    """Describe each breaking change in a sentence; both arguments are texts of schemas by type.

    A new type breaks nothing.
    """
    return tuple(
        f"{name}: {sentence}"
        for name, text in sorted(released.items())
        for sentence in _type_changes(text, golden.get(name))
    )


def _type_changes(released: str, golden: str | None) -> Iterator[str]:
    if golden is None:
        yield "the type was removed; its producers would be refused, its consumers get no event"
        return
    old, new = _GoldenType.model_validate_json(released), _GoldenType.model_validate_json(golden)
    yield from _list_changes("its subjects", old.subjects, new.subjects)
    yield from _keyword_changes("the type", old.other_keywords(), new.other_keywords())
    for name in sorted(old.properties.keys() | new.properties.keys()):
        yield from _field_changes(name, old, new)


def _field_changes(name: str, old: _GoldenType, new: _GoldenType) -> Iterator[str]:
    before, after = old.properties.get(name), new.properties.get(name)
    was_required, is_required = name in old.required, name in new.required
    if after is None:
        yield f"field {name} was removed; producers that still send it would be refused"
    if is_required and not was_required:
        yield f"field {name} is newly required; producers that do not send it would be refused"
    if was_required and not is_required:
        yield f"field {name} is no longer required; consumers of the released form need it"
    if before is not None and after is not None:
        yield from _value_changes(f"field {name}", before, after)


def _value_changes(what: str, before: _GoldenField, after: _GoldenField) -> Iterator[str]:
    yield from _list_changes(f"{what}: the list", before.closed_list(), after.closed_list())
    yield from _bound_changes(f"{what}: the minimum", before.minimum, after.minimum, sign=1)
    yield from _bound_changes(f"{what}: the maximum", before.maximum, after.maximum, sign=-1)
    yield from _keyword_changes(what, before.other_keywords(), after.other_keywords())
    if before.items is not None and after.items is not None:
        yield from _value_changes(f"{what}: its elements", before.items, after.items)
    elif before.items != after.items:
        yield f"{what}: the form of its elements changed; producers and consumers would disagree"


def _list_changes(
    what: str, before: frozenset[str | int] | None, after: frozenset[str | int] | None
) -> Iterator[str]:
    if before is None or after is None:
        if before != after:
            yield f"{what} is closed on one side only"
        return
    if lost := before - after:
        yield f"{what} lost {_listed(lost)}; producers that still send it would be refused"
    if gained := after - before:
        yield f"{what} gained {_listed(gained)}; consumers of the released form would refuse it"


def _bound_changes(what: str, before: int | None, after: int | None, *, sign: int) -> Iterator[str]:
    """`sign` 1: a greater bound is narrower; -1: a smaller one is."""
    if before == after:
        return
    is_narrower = before is None or (after is not None and (after - before) * sign > 0)
    narrower = "producers of the other values would be refused"
    wider = "consumers of the released form would refuse the new values"
    consequence = narrower if is_narrower else wider
    yield f"{what} changed from {_or_nothing(before)} to {_or_nothing(after)}; {consequence}"


def _keyword_changes(
    what: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[str]:
    for word in sorted(before.keys() | after.keys()):
        old, new = before.get(word, _ABSENT), after.get(word, _ABSENT)
        if old != new:
            change = f"{word} changed from {old} to {new}"
            yield f"{what}: {change}; producers and consumers would disagree"


def _canonical(keywords: Mapping[str, object] | None) -> dict[str, str]:
    kept = {name: value for name, value in (keywords or {}).items() if name not in _ANNOTATIONS}
    return {name: json.dumps(value, sort_keys=True) for name, value in kept.items()}


def _listed(values: frozenset[str | int]) -> str:
    return ", ".join(sorted(str(value) for value in values))


def _or_nothing(bound: int | None) -> str:
    return _ABSENT if bound is None else str(bound)
