"""All event types, in the order of the reference."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .events.event import Event
from .events.matching import (
    BusinessClosed,
    BusinessStarted,
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    MatchDeclined,
    MatchingFactRetracted,
    MatchProposed,
    PlacementEnded,
    PlacementMade,
    VacancyClosed,
    VacancyOpened,
)
from .events.reference import ObservationLoaded, PartnerReported, ReferenceFactRetracted, TargetSet
from .events.registration import (
    ConsentGranted,
    ConsentWithdrawn,
    DepartureDeclared,
    FollowupRecorded,
    NeedsAssessed,
    PersonEnrolled,
    PersonErased,
    PersonMerged,
    PersonMoved,
    ReferralMade,
    RegistrationFactRetracted,
    ReturneeRegistered,
    ServiceDelivered,
)
from .events.reporting import IndicatorRevised, PeriodClosed, PeriodReopened, ReportingFactRetracted
from .events.training import (
    CourseCompleted,
    CourseDropped,
    CourseEnrolled,
    PracticeCompleted,
    PracticeStarted,
    QualificationRecognised,
    SchoolReenrolled,
    TrainingFactRetracted,
)

EVENTS: Final[tuple[type[Event], ...]] = (
    ReturneeRegistered,
    PersonEnrolled,
    PersonMoved,
    PersonMerged,
    PersonErased,
    ConsentGranted,
    ConsentWithdrawn,
    NeedsAssessed,
    ReferralMade,
    ServiceDelivered,
    FollowupRecorded,
    DepartureDeclared,
    RegistrationFactRetracted,
    CourseEnrolled,
    CourseCompleted,
    CourseDropped,
    PracticeStarted,
    PracticeCompleted,
    SchoolReenrolled,
    QualificationRecognised,
    TrainingFactRetracted,
    JobseekerRegistered,
    JobseekerDeregistered,
    VacancyOpened,
    VacancyClosed,
    MatchProposed,
    MatchDeclined,
    PlacementMade,
    PlacementEnded,
    EmploymentConfirmed,
    BusinessStarted,
    BusinessClosed,
    MatchingFactRetracted,
    ObservationLoaded,
    TargetSet,
    PartnerReported,
    ReferenceFactRetracted,
    PeriodClosed,
    PeriodReopened,
    IndicatorRevised,
    ReportingFactRetracted,
)
BY_TYPE: Final[Mapping[str, type[Event]]] = MappingProxyType({e.TYPE: e for e in EVENTS})
