"""Under which code a fact is kept for the fold."""

from datetime import UTC, datetime

import pytest

from schemas.envelope import new_event
from schemas.events.event import Event
from schemas.events.matching import VacancyOpened
from schemas.events.reference import (
    ObservationLoaded,
    PartnerReported,
    ReferenceFactRetracted,
    TargetSet,
)
from schemas.events.registration import PersonErased
from services.reporting.domain.fold import subject_code

from .builders import P, V, make_fact, make_observation

NOW = datetime(2023, 7, 1, tzinfo=UTC)
COMMON = {"on": "2023-07-01", "municipality": "70998"}
TARGET = {"measure": "placed", "period": "2023", "value": "9", "decision": "d-1"}
REPORTED = {"domain": "training", "through": "2023-06-30"}
RETRACTED = {"on": "2023-07-01", "type": "reference.observation.loaded", "reason": "duplicate"}


@pytest.mark.parametrize(
    ("event", "subject", "code"),
    [
        (make_fact(PersonErased, "2023-07-01").event, P, P),
        (make_fact(VacancyOpened, "2023-07-01").event, V, V),
        (TargetSet.model_validate({**COMMON, **TARGET}), "t-MI-13", None),
        (PartnerReported.model_validate({**COMMON, **REPORTED}), "o-nes", None),
    ],
)
def test_people_and_vacancies_are_folded_targets_and_reports_are_not(
    event: Event, subject: str, code: str | None
) -> None:
    assert (
        subject_code(new_event(event, id="e-1", source="/partners/x", subject=subject, time=NOW))
        == code
    )


def test_a_series_is_one_subject_so_that_a_retraction_without_place_finds_its_fact() -> None:
    figure = make_observation("work_permits", "2023", "7", municipality="70998").event
    retraction = ReferenceFactRetracted.model_validate(RETRACTED)
    codes = {
        subject_code(
            new_event(event, id="e-1", source="/partners/x", subject="s-work_permits", time=NOW)
        )
        for event in (figure, retraction)
    }

    assert isinstance(figure, ObservationLoaded)
    assert codes == {"s-work_permits"}
