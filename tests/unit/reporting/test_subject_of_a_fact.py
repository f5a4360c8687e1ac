"""Under which code a fact is kept for the fold."""

from datetime import UTC, datetime

import pytest

from schemas.envelope import say
from schemas.event import Event
from schemas.matching import VacancyOpened
from schemas.reference import (
    ObservationLoaded,
    PartnerReported,
    ReferenceFactRetracted,
    TargetSet,
)
from schemas.registration import PersonErased
from services.reporting.counting.fold import subject_code

from .telling import P, V, observed, said

NOW = datetime(2023, 7, 1, tzinfo=UTC)
COMMON = {"on": "2023-07-01", "municipality": "70998"}
TARGET = {"measure": "placed", "period": "2023", "value": "9", "decision": "d-1"}
REPORTED = {"domain": "training", "through": "2023-06-30"}
TAKEN_BACK = {"on": "2023-07-01", "type": "reference.observation.loaded", "reason": "duplicate"}


@pytest.mark.parametrize(
    ("event", "subject", "code"),
    [
        (said(PersonErased, "2023-07-01").event, P, P),
        (said(VacancyOpened, "2023-07-01").event, V, V),
        (TargetSet.model_validate({**COMMON, **TARGET}), "t-MI-13", None),
        (PartnerReported.model_validate({**COMMON, **REPORTED}), "o-nes", None),
    ],
)
def test_people_and_vacancies_are_folded_targets_and_reports_are_not(
    event: Event, subject: str, code: str | None
) -> None:
    assert (
        subject_code(say(event, id="e-1", source="/partners/x", subject=subject, time=NOW)) == code
    )


def test_a_series_is_one_subject_so_that_a_retraction_without_place_finds_its_fact() -> None:
    figure = observed("work_permits", "2023", "7", municipality="70998").event
    retraction = ReferenceFactRetracted.model_validate(TAKEN_BACK)
    codes = {
        subject_code(say(event, id="e-1", source="/partners/x", subject="s-work_permits", time=NOW))
        for event in (figure, retraction)
    }

    assert isinstance(figure, ObservationLoaded)
    assert codes == {"s-work_permits"}
