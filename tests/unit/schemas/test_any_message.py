"""For any message, validation and decoding return an event or raise a refusal, nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.attributes import ATTRIBUTE_NAMES
from schemas.catalogue import BY_TYPE
from schemas.envelope import encode_event
from schemas.validation.decode import decode_event, field_names
from schemas.validation.problems import Refusal
from tests.unit.schemas.builders import changed, validated

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
    """An example with a few attributes, fields or names replaced by arbitrary values."""
    type_ = draw(types)
    fields = st.sampled_from(sorted(field_names(BY_TYPE[type_]))) | st.text(max_size=9)
    attributes = st.sampled_from(ATTRIBUTE_NAMES) | st.text(max_size=9)
    data = draw(st.dictionaries(fields, values, max_size=2))
    outer = draw(st.dictionaries(attributes, values, max_size=1))
    return json.dumps(changed({"data": data, **outer}, type_)).encode()


@given(messages())
def test_validation_handles_any_message(message: bytes) -> None:
    try:
        envelope = validated(message)
    except Refusal as refused:
        assert refused.problem.path.isascii()  # noqa: PT017 - either result is right
    else:
        assert validated(encode_event(envelope)) == envelope


@given(messages())
def test_decoding_handles_any_message(message: bytes) -> None:
    try:
        envelope = decode_event(message)
    except Refusal:
        with pytest.raises(Refusal):
            validated(message)
    else:
        assert decode_event(encode_event(envelope)) == envelope
