"""What a closed period is: frozen rows, their digest, and the steps that lead there and back."""

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
from schemas.problem import Refusal, refusal
from services.reporting.tables.table import Number, State, Value

DIGEST_FORM: Final = "lmc-release-1"
"""Names what is hashed and how; another serialisation gets another name."""


SHOWN_MAX: Final = 5
"""So many names stand in a sentence."""


class Step(StrEnum):
    """What can happen to a release."""

    PREPARED = "prepared"
    REPLACED = "replaced"
    REJECTED = "rejected"
    APPROVED = "approved"
    REOPENED = "reopened"


class Reopening(StrEnum):
    """Why a closed period is opened again."""

    LATE_FACTS = "late_facts"
    CORRECTION = "correction"
    DEFINITION = "definition"
    ENTERED_IN_ERROR = "entered_in_error"
    OTHER = "other"


class Row(NamedTuple):
    """One number of a release, exact."""

    indicator: str
    measure: str
    split: str
    bucket: str
    value: Number | None
    state: State

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Where the number stands."""
        return self[:4]


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a council's period as it was read; its rows are kept beside it."""

    id: str
    place: str
    period: Period
    version: int
    read_at: datetime
    folded_to: datetime
    tables: int
    catalogue_digest: bytes
    definitions: Mapping[str, int]
    """The version of each indicator."""
    positions: Sequence[tuple[str, int, int]]
    """(topic, partition, next offset): how far the log was folded."""
    digest: bytes = b""


class Taken(NamedTuple):
    """A step that was taken; `version` is that of its release."""

    release: str
    version: int
    step: Step
    by: str
    at: datetime
    reason: str | None = None


History = Sequence[Taken]
"""All steps of one council's period, in their order."""


def digest_of(release: Release, rows: Iterable[Row]) -> bytes:
    """SHA-256 of a release, the same for the same numbers in whatever order they come.

    Hashed are lines of compact ASCII JSON, each ended by a line feed: first
    `["lmc-release-1",place,period,version,catalogue digest in hex]`, then one line per row, sorted
    by code points: `[indicator,measure,split,bucket,value,state]`. A value is a string of plain
    decimal digits without needless zeros, or null.
    """
    hashed = hashlib.sha256()
    known_by = release.catalogue_digest.hex()
    hashed.update(_line(DIGEST_FORM, release.place, str(release.period), release.version, known_by))
    for row in sorted(rows, key=lambda row: row.cell):
        hashed.update(_line(*row.cell, plain(row.value), row.state.value))
    return hashed.digest()


def plain(number: Number | None) -> str | None:
    """A number in digits: 12, 12.5, 0; equal numbers give equal digits."""
    digits = exact(number)
    if digits is None:
        return None
    return f"{digits.normalize():f}" if digits else "0"


def exact(number: Number | None) -> Decimal | None:
    """A number as it is written, not as a binary fraction has it."""
    return None if number is None else Decimal(str(number))


def known(value: Value | Row) -> Decimal | None:
    """The number behind what is shown: where somebody is silent, nobody was counted."""
    return Decimal(0) if value.state is State.SILENT else exact(value.value)


def is_other(frozen: Row, now: Value | Row) -> bool:
    """Whether a number is another one now; one that is not shown is not known to be."""
    if now.state in {State.WITHHELD, State.DENIED}:
        return False
    return exact(frozen.value) != known(now)


def states(rows: Iterable[Row]) -> dict[str, int]:
    """How many numbers there are in each state."""
    return dict(sorted(Counter(row.state.value for row in rows).items()))


def pending(rows: Iterable[Row]) -> list[str]:
    """The measures that may still grow: cohorts whose days have not all passed or settled."""
    return sorted({f"{row.indicator}.{row.measure}" for row in rows if row.state is State.PENDING})


def standing(release: str, history: History) -> Step:
    """The last step of a release."""
    return [taken.step for taken in history if taken.release == release][-1]


def draft(history: History) -> Taken | None:
    """The step that prepared what now waits for approval."""
    return next(
        (
            taken
            for taken in history
            if taken.step is Step.PREPARED and standing(taken.release, history) is Step.PREPARED
        ),
        None,
    )


def latest(history: History) -> Taken | None:
    """The step that approved the latest version."""
    approved = [taken for taken in history if taken.step is Step.APPROVED]
    return approved[-1] if approved else None


def closed(history: History) -> Taken | None:
    """The step that closed the period, if it is closed."""
    last = latest(history)
    is_closed = last is not None and standing(last.release, history) is Step.APPROVED
    return last if is_closed else None


def repeated(history: History, step: Step, by: str, reason: str | None = None) -> Taken | None:
    """The last step of all, if it is this one of the same person: a request told twice."""
    if not history:
        return None
    last = history[-1]
    return last if (last.step, last.by, last.reason) == (step, by, reason) else None


def next_version(history: History, said: int = 0) -> int:
    """The number of the version that the next approval makes: only what is approved counts.

    `said` is the greatest number that the log names: a restored database may know of fewer.
    """
    last = latest(history)
    return max(last.version if last else 0, said) + 1


def require_unsaid(release: Release, said: int) -> None:
    """Raise Refusal if the log names this version already, or a later one, up to `said`."""
    if release.version <= said:
        raise _not_now(
            f"The log names version {said} of this period: it was closed after the backup from"
            " which this database was restored.",
            "Prepare the period anew: that makes the version after it.",
        )


def require_open(history: History) -> None:
    """Raise Refusal if the period is closed: another version needs it to be opened again."""
    found = closed(history)
    if found is not None:
        raise _not_now(
            f"The period is closed as version {found.version}.",
            "Late facts show beside it as a revision. For another version reopen it first.",
        )


def require_undoubted(rows: Iterable[Row]) -> None:
    """Raise Refusal if a number is withheld: nothing is frozen while a proof casts doubt on it."""
    doubted = {f"{row.indicator} {row.measure}" for row in rows if row.state is State.WITHHELD}
    if doubted:
        raise _not_now(
            f"Numbers are in doubt and withheld: {', '.join(sorted(doubted)[:SHOWN_MAX])}.",
            "Close the period when `lmc verify` agrees again.",
        )


def require_draft(release: str, history: History) -> Taken:
    """The step that prepared a release which waits for approval; Refusal if it does not wait."""
    waiting = draft(history)
    if waiting is None or waiting.release != release:
        raise _not_now(
            f"This release does not wait for approval: it is {standing(release, history)}.",
            "Prepare the period anew.",
        )
    return waiting


def require_other(waiting: Taken, by: str) -> None:
    """Raise Refusal if one person would prepare and approve."""
    if waiting.by == by:
        raise refusal(
            "E1402",
            "$.by",
            "Whoever has prepared a release cannot approve it.",
            "Let another person compare the numbers and approve.",
        )


def require_unmoved(moved: Sequence[str]) -> None:
    """Raise Refusal if numbers that everybody sees are others than those prepared."""
    if moved:
        raise _not_now(
            "Since it was prepared the facts have changed: " + "; ".join(moved) + ".",
            "Prepare the period anew, so that what is approved is what was compared.",
        )


def require_closed(history: History) -> Taken:
    """The step that closed the period; Refusal if it is open."""
    found = closed(history)
    if found is None:
        raise _not_now("The period is not closed.", "Only a closed period is reopened.")
    return found


def _not_now(detail: str, remedy: str) -> Refusal:
    return refusal("E1302", "$", detail, remedy)


def _line(*told: str | int | None) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"
