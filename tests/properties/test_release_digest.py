"""The digest of a release: equal for equal numbers, different for any other."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.periods import parse_period
from services.reporting.releases.model import (
    Release,
    ReleaseValue,
    canonical_decimal,
    digest_of,
    exact_decimal,
)
from services.reporting.tables.table import Number, ValueState

AT = datetime(2023, 7, 20, 9, tzinfo=UTC)
RELEASE = Release(
    *("r-1", "70998", parse_period("2023-06"), 1, AT, AT, 1, bytes(32)),
    definitions={},
    positions=[],
)
NAMES = st.text(max_size=5)
NUMBERS: st.SearchStrategy[Number | None] = st.one_of(
    st.none(),
    st.integers(0, 10**9),
    st.decimals(0, 10**9, places=4),
    st.integers(0, 10**6).map(lambda whole: whole + 0.5),
)
ROWS = st.lists(
    st.builds(ReleaseValue, NAMES, NAMES, NAMES, NAMES, NUMBERS, st.sampled_from(ValueState)),
    max_size=20,
    unique_by=lambda row: row.cell,
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_digest(rows: list[ReleaseValue], random: Random) -> None:
    shuffled = random.sample(rows, len(rows))

    assert digest_of(RELEASE, shuffled) == digest_of(RELEASE, rows)


@given(ROWS)
def test_a_number_read_back_from_the_database_changes_no_digest(rows: list[ReleaseValue]) -> None:
    kept = [row._replace(value=_as_numeric(row.value)) for row in rows]

    assert digest_of(RELEASE, kept) == digest_of(RELEASE, rows)


@given(ROWS, ROWS)
def test_other_rows_give_another_digest(one: list[ReleaseValue], other: list[ReleaseValue]) -> None:
    written = [
        sorted((*row.cell, canonical_decimal(row.value), row.state) for row in rows)
        for rows in (one, other)
    ]
    assume(written[0] != written[1])

    assert digest_of(RELEASE, one) != digest_of(RELEASE, other)


@given(ROWS.filter(bool), st.data())
def test_any_changed_field_gives_another_digest(
    rows: list[ReleaseValue], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    other = data.draw(
        st.sampled_from(
            (
                row._replace(bucket=row.bucket + "x"),
                row._replace(value=1 if row.value is None else exact_decimal(row.value + 1)),
                row._replace(
                    state=ValueState.NONE if row.state is ValueState.VALUE else ValueState.VALUE
                ),
            )
        )
    )
    changed = [*rows[:at], other, *rows[at + 1 :]]

    assert digest_of(RELEASE, changed) != digest_of(RELEASE, rows)


def test_place_period_version_and_definitions_are_part_of_the_digest() -> None:
    others = [
        replace(RELEASE, place="79022"),
        replace(RELEASE, period=parse_period("2023-Q2")),
        replace(RELEASE, version=2),
        replace(RELEASE, definitions_fingerprint=bytes(31) + b"1"),
    ]

    assert len({digest_of(release, []) for release in (RELEASE, *others)}) == 5


def _as_numeric(number: Number | None) -> Decimal | None:
    """The same number with more digits behind the point."""
    digits = exact_decimal(number)
    return None if digits is None else digits.quantize(Decimal("0.0000001"))
