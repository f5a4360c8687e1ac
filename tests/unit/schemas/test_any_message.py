"""Whatever arrives, the door and a listener answer with an event or a refusal, nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.attributes import NAMES
from schemas.catalogue import BY_TYPE
from schemas.envelope import field_names, hear, to_bytes
from schemas.problem import Refusal
from tests.unit.schemas.saying import changed, checked

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.text("0123456789-.:TZpvo", max_size=40),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)
types = st.sampled_from(sorted(BY_TYPE))


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """An example with a few attributes, fields or names that may be anything."""
    type_ = draw(types)
    fields = st.sampled_from(sorted(field_names(BY_TYPE[type_]))) | st.text(max_size=9)
    attributes = st.sampled_from(NAMES) | st.text(max_size=9)
    data = draw(st.dictionaries(fields, values, max_size=2))
    outer = draw(st.dictionaries(attributes, values, max_size=1))
    return json.dumps(changed({"data": data, **outer}, type_)).encode()


@given(messages())
def test_the_door_answers_anything(message: bytes) -> None:
    try:
        said = checked(message)
    except Refusal as refused:
        assert refused.problem.path.isascii()  # noqa: PT017 - either answer is right
    else:
        assert checked(to_bytes(said)) == said


@given(messages())
def test_a_listener_answers_anything(message: bytes) -> None:
    try:
        said = hear(message)
    except Refusal:
        with pytest.raises(Refusal):
            checked(message)
    else:
        assert hear(to_bytes(said)) == said
