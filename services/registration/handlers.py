"""What registration does with events: they plan and close follow-ups, or erase a person."""

from runtime.fact_handlers import apply_or_erase, erasure_replay
from runtime.messaging.record_processor import EventHandlers
from schemas.events.matching import MatchingFactRetracted, PlacementMade
from schemas.events.registration import (
    FollowupRecorded,
    PersonEnrolled,
    PersonErased,
    RegistrationFactRetracted,
    ReturneeRegistered,
)
from services.registration.erasure_file import publish_lost_erasures
from services.registration.repository import RegistrationRepository

EVENT_HANDLERS: EventHandlers = {
    ReturneeRegistered: apply_or_erase,
    PersonEnrolled: apply_or_erase,
    PersonErased: apply_or_erase,
    FollowupRecorded: apply_or_erase,
    PlacementMade: apply_or_erase,
    RegistrationFactRetracted: apply_or_erase,
    MatchingFactRetracted: apply_or_erase,
}

STARTUP_REPLAY = erasure_replay(
    PersonErased, RegistrationRepository, afterwards=publish_lost_erasures
)
