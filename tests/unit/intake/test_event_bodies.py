"""A request body is split into its events without changing a byte of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.validation.problems import Refusal
from services.intake.event_bodies import BATCH, BATCH_EVENTS_MAX, SINGLE, events_in

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 0, 2]))
def test_a_batch_is_split_into_its_elements_in_order(
    values: list[object], indent: int | None
) -> None:
    body = json.dumps(values, indent=indent, ensure_ascii=False).encode(errors="surrogatepass")

    assert [json.loads(event) for event in events_in(body, {"content-type": BATCH})] == values


def test_an_event_of_a_batch_keeps_its_repeated_fields() -> None:
    assert list(events_in(b'[{"id": "a", "id": "b"}]', {"content-type": BATCH})) == [
        b'{"id": "a", "id": "b"}'
    ]


def test_a_single_event_is_its_body_and_the_charset_of_the_type_is_ignored() -> None:
    assert list(events_in(b"{}", {"content-type": f"{SINGLE}; charset=utf-8"})) == [b"{}"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[", b"[1", b"[1,]", b"[1 2]", b"[1] 2", b"[,1]", b"[\xff]", b"[nonsense]", b"]"],
)
def test_an_unreadable_batch_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        events_in(body, {"content-type": BATCH})

    assert refused.value.problem.code == "E1101"


def test_a_batch_of_too_many_events_is_refused() -> None:
    body = json.dumps([1] * (BATCH_EVENTS_MAX + 1)).encode()

    with pytest.raises(Refusal) as refused:
        events_in(body, {"content-type": BATCH})

    assert refused.value.problem.code == "E1103"


def test_any_other_content_type_is_refused_with_the_names_of_the_two() -> None:
    with pytest.raises(Refusal) as refused:
        events_in(b"{}", {"content-type": "application/json"})

    assert SINGLE in refused.value.problem.detail
    assert BATCH in refused.value.problem.detail
