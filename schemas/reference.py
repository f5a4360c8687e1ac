"""What no person event carries: observations, targets, partners' completeness."""

from .codes import CivilDate, Decimal, FactType, Maybe, Municipality, Name, PeriodText
from .event import Event
from .vocabulary import ReportedDomain, RetractionReason


class ObservationLoaded(Event, type="reference.observation.loaded.v1", subject="s"):
    """A published figure of a declared series, for one place (or the country) and period.

    `on` is the day it was loaded, `vintage` the day on which the publisher stood by it. Several
    figures of one place and period may stand beside one another, told apart by their `factid`.
    """

    period: PeriodText
    municipality: Maybe[Municipality] = None
    value: Decimal
    base: Maybe[Decimal] = None
    vintage: CivilDate


class TargetSet(Event, type="reference.target.set.v1", subject="t"):
    """A council decides on the value that a measure is to reach in a period.

    `measure` is named as the indicator names it, like `placed`; `decision` is the code of the
    council's decision. Neither is looked up: reporting says what it does not know.
    """

    measure: Name
    municipality: Municipality
    period: PeriodText
    value: Decimal
    decision: Name


class PartnerReported(Event, type="reference.partner.reported.v1", subject="o"):
    """A partner has said everything it knows up to a day.

    `domain` is what it reports on; nobody reports on reporting. `through` may be any day.
    """

    domain: ReportedDomain
    municipality: Municipality
    through: CivilDate


class ReferenceFactRetracted(Event, type="reference.fact.retracted.v1", subject="sto"):
    """A fact of reference is taken back by the source that said it.

    Said on the subject of the fact: a series, a target, or an organisation.
    """

    type: FactType
    reason: RetractionReason
