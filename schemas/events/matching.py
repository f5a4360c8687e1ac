"""The events of matching: jobseekers, vacancies, placements, businesses."""

from ..closed_lists import (
    DeclinedBy,
    DeregistrationReason,
    EmployerKind,
    Evidence,
    JobseekerCategory,
    LegalForm,
    PlacementAfter,
    PlacementChannel,
    PlacementEndReason,
    PlacementKind,
    RetractionReason,
    Sector,
    VacancyOutcome,
)
from ..codes import (
    CivilDate,
    FactType,
    FilledPositions,
    Flag,
    Id,
    Months,
    MunicipalityCode,
    OccupationCode,
    Omittable,
    OrganisationCode,
    Positions,
    Programmes,
    Rank,
    SetOf,
    Source,
    VacancyCode,
)
from .event import Event


class JobseekerRegistered(Event, type="matching.jobseeker.registered.v1"):
    """A person registers as looking for work."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    categories: SetOf[JobseekerCategory]
    occupation: Omittable[OccupationCode] = None
    unemployed_since: Omittable[CivilDate] = None
    helped_by: Omittable[OrganisationCode] = None


class JobseekerDeregistered(Event, type="matching.jobseeker.deregistered.v1"):
    """A person no longer looks for work; this ends every open spell of the person."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    reason: DeregistrationReason


class VacancyOpened(Event, type="matching.vacancy.opened.v1", subject="v"):
    """An employer offers positions."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    positions: Positions
    occupation: OccupationCode
    sector: Sector
    employer: OrganisationCode


class VacancyClosed(Event, type="matching.vacancy.closed.v1", subject="v"):
    """An employer no longer offers these positions."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    outcome: VacancyOutcome
    filled_positions: FilledPositions


class MatchProposed(Event, type="matching.match.proposed.v1"):
    """A vacancy is proposed to a person; rank 1 is the best match."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    vacancy: VacancyCode
    rank: Rank


class MatchDeclined(Event, type="matching.match.declined.v1"):
    """The person or the employer declines a proposed match."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    vacancy: VacancyCode
    by: DeclinedBy


class PlacementMade(Event, type="matching.placement.made.v1"):
    """A person starts work: both sides agreed and the first day is known.

    `on` is the first day of work. A start more than 92 days ahead can only be sent later.
    """

    municipality: MunicipalityCode
    programmes: Programmes = ()
    kind: PlacementKind
    employer_kind: EmployerKind
    employer: Omittable[OrganisationCode] = None
    sector: Sector
    occupation: OccupationCode
    vacancy: Omittable[VacancyCode] = None
    channel: PlacementChannel
    expected_months: Omittable[Months] = None
    after: SetOf[PlacementAfter]


class PlacementEnded(Event, type="matching.placement.ended.v1"):
    """A person's work in a placement ends.

    `placement` is the factid of the placement, `placement_source` its source if it is another one.
    """

    municipality: MunicipalityCode
    programmes: Programmes = ()
    placement: Id
    placement_source: Omittable[Source] = None
    reason: PlacementEndReason


class EmploymentConfirmed(Event, type="matching.employment.confirmed.v1"):
    """Somebody confirms that a person still works in a placement.

    `placement` and `placement_source` as in `matching.placement.ended`.
    """

    municipality: MunicipalityCode
    programmes: Programmes = ()
    placement: Id
    placement_source: Omittable[Source] = None
    evidence: Evidence


class BusinessStarted(Event, type="matching.business.started.v1"):
    """A person starts their own business."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    legal_form: LegalForm
    sector: Sector
    grant: Flag


class BusinessClosed(Event, type="matching.business.closed.v1"):
    """A person's business is closed.

    It repeats the legal form, the sector, and whether the business had a grant.
    """

    municipality: MunicipalityCode
    programmes: Programmes = ()
    legal_form: LegalForm
    sector: Sector
    grant: Flag


class MatchingFactRetracted(Event, type="matching.fact.retracted.v1", subject="pv"):
    """The source of a matching fact retracts it.

    Its subject is the subject of the fact: a person or a vacancy.
    """

    type: FactType
    reason: RetractionReason
