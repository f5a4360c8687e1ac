"""Work sought, offered, found and kept: the events of matching."""

from .codes import (
    CivilDate,
    FactType,
    FilledPositions,
    Flag,
    Id,
    Maybe,
    Months,
    Municipality,
    Occupation,
    Organisation,
    Positions,
    Programmes,
    Rank,
    SetOf,
    Source,
    Vacancy,
)
from .event import Event
from .vocabulary import (
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


class JobseekerRegistered(Event, type="matching.jobseeker.registered.v1"):
    """A person registers as looking for work."""

    municipality: Municipality
    programmes: Programmes = ()
    categories: SetOf[JobseekerCategory]
    occupation: Maybe[Occupation] = None
    unemployed_since: Maybe[CivilDate] = None
    helped_by: Maybe[Organisation] = None


class JobseekerDeregistered(Event, type="matching.jobseeker.deregistered.v1"):
    """A person looks for work no longer; ends every open spell of the person."""

    municipality: Municipality
    programmes: Programmes = ()
    reason: DeregistrationReason


class VacancyOpened(Event, type="matching.vacancy.opened.v1", subject="v"):
    """An employer offers positions."""

    municipality: Municipality
    programmes: Programmes = ()
    positions: Positions
    occupation: Occupation
    sector: Sector
    employer: Organisation


class VacancyClosed(Event, type="matching.vacancy.closed.v1", subject="v"):
    """An employer offers these positions no longer."""

    municipality: Municipality
    programmes: Programmes = ()
    outcome: VacancyOutcome
    filled_positions: FilledPositions


class MatchProposed(Event, type="matching.match.proposed.v1"):
    """A vacancy is proposed to a person; rank 1 fits best."""

    municipality: Municipality
    programmes: Programmes = ()
    vacancy: Vacancy
    rank: Rank


class MatchDeclined(Event, type="matching.match.declined.v1"):
    """The person or the employer declines a proposed match."""

    municipality: Municipality
    programmes: Programmes = ()
    vacancy: Vacancy
    by: DeclinedBy


class PlacementMade(Event, type="matching.placement.made.v1"):
    """A person starts work: both sides agreed and the first day is known.

    `on` is the first day of work; a later start than 92 days from now is said when it comes nearer.
    """

    municipality: Municipality
    programmes: Programmes = ()
    kind: PlacementKind
    employer_kind: EmployerKind
    employer: Maybe[Organisation] = None
    sector: Sector
    occupation: Occupation
    vacancy: Maybe[Vacancy] = None
    channel: PlacementChannel
    expected_months: Maybe[Months] = None
    after: SetOf[PlacementAfter]


class PlacementEnded(Event, type="matching.placement.ended.v1"):
    """A person's work in a placement ends.

    `placement` is the factid of the placement; without `placement_source` of one's own source.
    """

    municipality: Municipality
    programmes: Programmes = ()
    placement: Id
    placement_source: Maybe[Source] = None
    reason: PlacementEndReason


class EmploymentConfirmed(Event, type="matching.employment.confirmed.v1"):
    """Somebody attests that a person still works in a placement.

    `placement` and `placement_source` as in `matching.placement.ended`.
    """

    municipality: Municipality
    programmes: Programmes = ()
    placement: Id
    placement_source: Maybe[Source] = None
    evidence: Evidence


class BusinessStarted(Event, type="matching.business.started.v1"):
    """A person starts a business of her own."""

    municipality: Municipality
    programmes: Programmes = ()
    legal_form: LegalForm
    sector: Sector
    grant: Flag


class BusinessClosed(Event, type="matching.business.closed.v1"):
    """A person's business is closed.

    Says again what it was: form, sector, and whether it had a grant.
    """

    municipality: Municipality
    programmes: Programmes = ()
    legal_form: LegalForm
    sector: Sector
    grant: Flag


class MatchingFactRetracted(Event, type="matching.fact.retracted.v1", subject="pv"):
    """A fact of matching is taken back by the source that said it.

    Said on the subject of the fact: a person, or a vacancy.
    """

    type: FactType
    reason: RetractionReason
