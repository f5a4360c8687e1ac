"""The events of registration: persons, their codes and consents, and services for them."""

from typing import Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ..closed_lists import (
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
from ..codes import (
    CivilDate,
    CountryCode,
    FactType,
    Months,
    MunicipalityCode,
    Name,
    Omittable,
    OrganisationCode,
    PersonCode,
    Programmes,
    SetOf,
)
from .event import Event, PersonBlock

_RETURNEE: list[str] = sorted(RETURNEE_GROUPS)


class ReturneeRegistered(PersonBlock, type="registration.returnee.registered.v1"):
    """A person who returned to Serbia is registered with the council."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [{"properties": {"groups": {"contains": {"enum": [*_RETURNEE]}}}}]
        }
    )

    country: CountryCode
    modality: Modality
    left_on: Omittable[CivilDate] = None
    household: Household

    @model_validator(mode="after")
    def _is_a_returnee(self) -> Self:
        if RETURNEE_GROUPS.isdisjoint(self.groups):
            raise PydanticCustomError("no_returnee_group", "no returnee group")
        return self


class PersonEnrolled(PersonBlock, type="registration.person.enrolled.v1"):
    """A person who is no returnee is enrolled, or the attributes of a known person are updated."""


class PersonMoved(Event, type="registration.person.moved.v1"):
    """A person changes residence."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    residence: MunicipalityCode


class PersonMerged(Event, type="registration.person.merged.v1"):
    """Two codes belong to one person, and always did; the link has no direction.

    Only `/services/registration` publishes or retracts it. A code is not merged with itself.
    """

    with_: PersonCode = Field(alias="with")


class PersonErased(Event, type="registration.person.erased.v1"):
    """A person is erased: nobody can resolve the code, and its facts are kept but never shown.

    Only `/services/registration` publishes it, and a retraction restores nothing.
    """


class ConsentGranted(Event, type="registration.consent.granted.v1"):
    """A person consents to a purpose, by this version of the text."""

    purpose: ConsentPurpose
    text_version: Name


class ConsentWithdrawn(Event, type="registration.consent.withdrawn.v1"):
    """A person withdraws the consent to a purpose."""

    purpose: ConsentPurpose
    text_version: Name


class NeedsAssessed(Event, type="registration.needs.assessed.v1"):
    """An adviser and the person agree on what the person needs."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    needs: SetOf[Need]


class ReferralMade(Event, type="registration.referral.made.v1"):
    """A person is referred to an organisation for one of the needs."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    need: Need
    to: OrganisationCode


class ServiceDelivered(Event, type="registration.service.delivered.v1"):
    """A person receives a service."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    service: ServiceKind


class FollowupRecorded(Event, type="registration.followup.recorded.v1"):
    """Six or twelve months after the return, where the person is and what they do."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    month: FollowupMonth
    whereabouts: Whereabouts
    activity: Activity


class DepartureDeclared(Event, type="registration.departure.declared.v1"):
    """A person declares that they leave the country."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    country: CountryCode
    purpose: DeparturePurpose
    expected_months: Months


class RegistrationFactRetracted(Event, type="registration.fact.retracted.v1"):
    """The source of a registration fact retracts it."""

    type: FactType
    reason: RetractionReason
