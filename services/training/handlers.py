"""What training does with events: they add persons to the waiting list, and remove them."""

from runtime.fact_handlers import apply_or_erase, erasure_replay
from runtime.messaging.record_processor import EventHandlers
from schemas.events.registration import NeedsAssessed, PersonErased, RegistrationFactRetracted
from schemas.events.training import CourseEnrolled, TrainingFactRetracted
from services.training.repository import TrainingRepository

EVENT_HANDLERS: EventHandlers = {
    NeedsAssessed: apply_or_erase,
    CourseEnrolled: apply_or_erase,
    PersonErased: apply_or_erase,
    RegistrationFactRetracted: apply_or_erase,
    TrainingFactRetracted: apply_or_erase,
}

STARTUP_REPLAY = erasure_replay(PersonErased, TrainingRepository)
