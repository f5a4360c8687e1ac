"""Who is whom, and what was done for the person: the events of registration."""

from typing import Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from .codes import (
    CivilDate,
    Country,
    FactType,
    Maybe,
    Months,
    Municipality,
    Name,
    Organisation,
    Person,
    Programmes,
    SetOf,
)
from .event import Event, PersonBlock
from .vocabulary import (
    RETURNEE_GROUPS,
    Activity,
    ConsentPurpose,
    DeparturePurpose,
    FollowupMonth,
    Household,
    Modality,
    Need,
    RetractionReason,
    ServiceKind,
    Whereabouts,
)

_RETURNEE: list[str] = sorted(RETURNEE_GROUPS)


class ReturneeRegistered(PersonBlock, type="registration.returnee.registered.v1"):
    """Somebody who came back to Serbia is registered with the council."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [{"properties": {"groups": {"contains": {"enum": [*_RETURNEE]}}}}]
        }
    )

    country: Country
    modality: Modality
    left_on: Maybe[CivilDate] = None
    household: Household

    @model_validator(mode="after")
    def _is_a_returnee(self) -> Self:
        if RETURNEE_GROUPS.isdisjoint(self.groups):
            raise PydanticCustomError("no_returnee_group", "groups hold no returnee group")
        return self


class PersonEnrolled(PersonBlock, type="registration.person.enrolled.v1"):
    """Somebody who is no returnee is enrolled, or a known person is described anew."""


class PersonMoved(Event, type="registration.person.moved.v1"):
    """A person changes residence."""

    municipality: Municipality
    programmes: Programmes = ()
    residence: Municipality


class PersonMerged(Event, type="registration.person.merged.v1"):
    """Two codes turn out to be one person, from the beginning; a link without direction.

    Only `/services/registration` says it, or takes it back. A code is not merged with itself.
    """

    with_: Person = Field(alias="with")


class PersonErased(Event, type="registration.person.erased.v1"):
    """Nobody can resolve this code any more; the facts under it stay, and none is shown again.

    Only `/services/registration` says it, and a retraction brings nothing back.
    """


class ConsentGranted(Event, type="registration.consent.granted.v1"):
    """A person agrees to a purpose, having read this version of the text."""

    purpose: ConsentPurpose
    text_version: Name


class ConsentWithdrawn(Event, type="registration.consent.withdrawn.v1"):
    """A person takes back the consent to a purpose."""

    purpose: ConsentPurpose
    text_version: Name


class NeedsAssessed(Event, type="registration.needs.assessed.v1"):
    """An adviser and the person agree on what the person needs."""

    municipality: Municipality
    programmes: Programmes = ()
    needs: SetOf[Need]


class ReferralMade(Event, type="registration.referral.made.v1"):
    """A person is referred to an organisation for one of the needs."""

    municipality: Municipality
    programmes: Programmes = ()
    need: Need
    to: Organisation


class ServiceDelivered(Event, type="registration.service.delivered.v1"):
    """A person receives a service."""

    municipality: Municipality
    programmes: Programmes = ()
    service: ServiceKind


class FollowupRecorded(Event, type="registration.followup.recorded.v1"):
    """Six or twelve months after the return somebody asks where the person is and what she does."""

    municipality: Municipality
    programmes: Programmes = ()
    month: FollowupMonth
    whereabouts: Whereabouts
    activity: Activity


class DepartureDeclared(Event, type="registration.departure.declared.v1"):
    """A person declares to leave the country."""

    municipality: Municipality
    programmes: Programmes = ()
    country: Country
    purpose: DeparturePurpose
    expected_months: Months


class RegistrationFactRetracted(Event, type="registration.fact.retracted.v1"):
    """A fact of registration is taken back by the source that said it."""

    type: FactType
    reason: RetractionReason
