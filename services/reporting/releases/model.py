"""The pure rules of releases: frozen values, their digest, and the steps of a period."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.periods import Period
from schemas.validation.problems import Refusal, refusal
from services.reporting.tables.table import Number, Value, ValueState

_DIGEST_FORM: Final = "lmc-release-1"
"""Names the serialisation that is hashed; another serialisation gets another name."""


_SHOWN_MAX: Final = 5
"""Names listed in one error text."""


class ReleaseStep(StrEnum):
    """What can happen to a release."""

    PREPARED = "prepared"
    REPLACED = "replaced"
    REJECTED = "rejected"
    APPROVED = "approved"
    REOPENED = "reopened"


class ReopenReason(StrEnum):
    """Why a closed period is reopened."""

    LATE_FACTS = "late_facts"
    CORRECTION = "correction"
    DEFINITION = "definition"
    ENTERED_IN_ERROR = "entered_in_error"
    OTHER = "other"


class ReleaseValue(NamedTuple):
    """One exact value of a release."""

    indicator: str
    measure: str
    split: str
    bucket: str
    value: Number | None
    state: ValueState

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """The key of the value within its release."""
        return self[:4]


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a council's period as it was read; its values are stored separately."""

    id: str
    place: str
    period: Period
    version: int
    read_at: datetime
    projected_through: datetime
    tables: int
    definitions_fingerprint: bytes
    definitions: Mapping[str, int]
    """The version of each indicator."""
    positions: Sequence[tuple[str, int, int]]
    """(topic, partition, next offset): how far the log was projected."""
    digest: bytes = b""


class StepTaken(NamedTuple):
    """A step that was taken; `version` is that of its release."""

    release: str
    version: int
    step: ReleaseStep
    by: str
    at: datetime
    reason: str | None = None


StepHistory = Sequence[StepTaken]
"""All steps of one council's period, in order."""


def digest_of(release: Release, rows: Iterable[ReleaseValue]) -> bytes:
    """Return the SHA-256 of a release; the order of the values does not matter.

    Hashed are lines of compact ASCII JSON, each ended by a line feed: first
    `["lmc-release-1",place,period,version,fingerprint]`, with the fingerprint of the definitions
    in hex, then one line per value, sorted by code points:
    `[indicator,measure,split,bucket,value,state]`. A value is a string of plain decimal digits
    without trailing zeros, or null.
    """
    hashed = hashlib.sha256()
    fingerprint = release.definitions_fingerprint.hex()
    period = str(release.period)
    hashed.update(_line(_DIGEST_FORM, release.place, period, release.version, fingerprint))
    for row in sorted(rows, key=lambda row: row.cell):
        hashed.update(_line(*row.cell, canonical_decimal(row.value), row.state.value))
    return hashed.digest()


def canonical_decimal(number: Number | None) -> str | None:
    """Write a number in digits: 12, 12.5, 0; equal numbers give equal digits."""
    digits = exact_decimal(number)
    if digits is None:
        return None
    return f"{digits.normalize():f}" if digits else "0"


def exact_decimal(number: Number | None) -> Decimal | None:
    """Return the number as it is written, not its binary fraction."""
    return None if number is None else Decimal(str(number))


def counted_value(value: Value | ReleaseValue) -> Decimal | None:
    """Return the counted number; a silent value was counted as 0."""
    return Decimal(0) if value.state is ValueState.SILENT else exact_decimal(value.value)


def differs(frozen: ReleaseValue, now: Value | ReleaseValue) -> bool:
    """Whether the value has changed; a withheld or denied value does not count as changed."""
    if now.state in {ValueState.WITHHELD, ValueState.DENIED}:
        return False
    return exact_decimal(frozen.value) != counted_value(now)


def count_states(rows: Iterable[ReleaseValue]) -> dict[str, int]:
    """Count the values in each state."""
    return dict(sorted(Counter(row.state.value for row in rows).items()))


def pending_measures(rows: Iterable[ReleaseValue]) -> list[str]:
    """Return the measures that may still grow: cohorts whose waiting period has not ended."""
    return sorted(
        {f"{row.indicator}.{row.measure}" for row in rows if row.state is ValueState.PENDING}
    )


def current_step(release: str, history: StepHistory) -> ReleaseStep:
    """Return the last step of a release."""
    return [taken.step for taken in history if taken.release == release][-1]


def draft_step(history: StepHistory) -> StepTaken | None:
    """Return the step that prepared the release now waiting for approval."""
    return next(
        (
            taken
            for taken in history
            if taken.step is ReleaseStep.PREPARED
            and current_step(taken.release, history) is ReleaseStep.PREPARED
        ),
        None,
    )


def latest_approval(history: StepHistory) -> StepTaken | None:
    """Return the step that approved the latest version."""
    approved = [taken for taken in history if taken.step is ReleaseStep.APPROVED]
    return approved[-1] if approved else None


def closing_step(history: StepHistory) -> StepTaken | None:
    """Return the step that closed the period, if it is closed."""
    last = latest_approval(history)
    is_closed = last is not None and current_step(last.release, history) is ReleaseStep.APPROVED
    return last if is_closed else None


def repeated_step(
    history: StepHistory, step: ReleaseStep, by: str, reason: str | None = None
) -> StepTaken | None:
    """Return the last step if this request repeats it: same step, person and reason."""
    if not history:
        return None
    last = history[-1]
    return last if (last.step, last.by, last.reason) == (step, by, reason) else None


def next_version(history: StepHistory, published: int = 0) -> int:
    """Return the version that the next approval makes: only approved versions count.

    `published` is the greatest version in the log: a restored database may know fewer.
    """
    last = latest_approval(history)
    return max(last.version if last else 0, published) + 1


def require_unpublished(release: Release, published: int) -> None:
    """Raise Refusal if the log already has this version or a later one."""
    if release.version <= published:
        raise _refused(
            f"The log names version {published} of this period: it was closed after the backup from"
            " which this database was restored.",
            "Prepare the period again: that makes the version after it.",
        )


def require_open(history: StepHistory) -> None:
    """Raise Refusal if the period is closed: it must be reopened for another version."""
    found = closing_step(history)
    if found is not None:
        raise _refused(
            f"The period is closed as version {found.version}.",
            "Late facts are shown as a revision. For another version reopen it first.",
        )


def require_no_holds(rows: Iterable[ReleaseValue]) -> None:
    """Raise Refusal if a value is withheld: nothing is frozen while a hold covers it."""
    withheld = {
        f"{row.indicator} {row.measure}" for row in rows if row.state is ValueState.WITHHELD
    }
    if withheld:
        raise _refused(
            "Numbers are withheld because a reconciliation found discrepancies:"
            f" {', '.join(sorted(withheld)[:_SHOWN_MAX])}.",
            "Close the period when `lmc verify` finds none.",
        )


def require_draft(release: str, history: StepHistory) -> StepTaken:
    """Return the step that prepared a release waiting for approval; Refusal if it does not wait."""
    waiting = draft_step(history)
    if waiting is None or waiting.release != release:
        raise _refused(
            f"This release does not wait for approval: it is {current_step(release, history)}.",
            "Prepare the period again.",
        )
    return waiting


def require_other(waiting: StepTaken, by: str) -> None:
    """Raise Refusal if one person would both prepare and approve."""
    if waiting.by == by:
        raise refusal(
            "E1402",
            "$.by",
            "Whoever has prepared a release cannot approve it.",
            "Let another person compare the numbers and approve.",
        )


def require_unchanged(moved: Sequence[str]) -> None:
    """Raise Refusal if published values differ from the prepared ones."""
    if moved:
        raise _refused(
            "Since it was prepared the facts have changed: " + "; ".join(moved) + ".",
            "Prepare the period again, so that what is approved is what was compared.",
        )


def require_closed(history: StepHistory) -> StepTaken:
    """Return the step that closed the period; Refusal if it is open."""
    found = closing_step(history)
    if found is None:
        raise _refused("The period is not closed.", "Only a closed period is reopened.")
    return found


def _refused(detail: str, remedy: str) -> Refusal:
    return refusal("E1302", "$", detail, remedy)


def _line(*fields: str | int | None) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"
