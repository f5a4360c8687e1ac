"""The events of reference: observations, targets, and how far partners have reported."""

from ..closed_lists import ReportedDomain, RetractionReason
from ..codes import CivilDate, Decimal, FactType, MunicipalityCode, Name, Omittable, PeriodText
from .event import Event


class ObservationLoaded(Event, type="reference.observation.loaded.v1", subject="s"):
    """A published figure of a declared series, for one place (or the country) and period.

    `on` is the day it was loaded, `vintage` the day on which the publisher published it. A place
    and period may have several figures; their `factid` distinguishes them.
    """

    period: PeriodText
    municipality: Omittable[MunicipalityCode] = None
    value: Decimal
    base: Omittable[Decimal] = None
    vintage: CivilDate


class TargetSet(Event, type="reference.target.set.v1", subject="t"):
    """A council decides on the value that a measure is to reach in a period.

    `measure` is the name in the indicator, like `placed`; `decision` is the code of the council's
    decision. Neither is checked here: reporting shows which measures it does not know.
    """

    measure: Name
    municipality: MunicipalityCode
    period: PeriodText
    value: Decimal
    decision: Name


class PartnerReported(Event, type="reference.partner.reported.v1", subject="o"):
    """A partner has sent everything that it knows up to a day.

    `domain` is what it reports on; nobody reports on reporting. `through` is not after the day on
    which the event arrives.
    """

    domain: ReportedDomain
    municipality: MunicipalityCode
    through: CivilDate


class ReferenceFactRetracted(Event, type="reference.fact.retracted.v1", subject="sto"):
    """The source of a reference fact retracts it.

    Its subject is the subject of the fact: a series, a target or an organisation.
    """

    type: FactType
    reason: RetractionReason
