"""Whole events of the known types, read from their bytes in one pass: the usual case of hearing.

Read step by step (JSON, attributes, data), an event takes half as long again; nearly all are whole.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Discriminator, TypeAdapter, ValidationError, create_model

from .attributes import Attributes
from .catalogue import BY_TYPE
from .event import Event


def whole(value: bytes) -> tuple[Attributes, Event] | None:
    """The attributes and the data of a tolerantly read event.

    None for what is not so simple: whether it is an event at all the careful way must judge. What
    this takes, the careful way would read alike.
    """
    if b"NaN" in value or b"Infinity" in value:  # this reader of JSON takes these for numbers
        return None
    try:
        said = _WHOLE.validate_json(value, extra="ignore", by_alias=True, by_name=False)
    except ValidationError:
        return None
    data = cast("Event", said.data)
    return (said, data) if said.subject[0] in data.SUBJECT else None


def _model(kind: type[Event]) -> type[Attributes]:
    """The attributes of one type of event, its data being what the type's model reads."""
    its_type: Any = Literal[kind.TYPE]
    return create_model(kind.__name__, __base__=Attributes, type=(its_type, ...), data=(kind, ...))


_ANY: Any = reduce(or_, map(_model, BY_TYPE.values()))
_WHOLE: Final[TypeAdapter[Attributes]] = TypeAdapter(Annotated[_ANY, Discriminator("type")])
