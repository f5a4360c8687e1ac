"""Random data of every event type, from short lists of values, so that rules interact."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

from tests.reference.builders import (
    ANA,
    BAKERY,
    BOBAN,
    CECA,
    DARKO,
    ENISA,
    FARM,
    IVANJICA,
    MEDIJANA,
    NIS,
    NOVI_SAD,
    OLD_NOVI_SAD,
    PETROVARADIN,
    PRIZREN,
    PROKUPLJE,
)
from tests.reference.chance import Chance
from tests.reference.days import days_after
from tests.reference.measures import OBSERVED
from tests.reference.shapes import Event

Contents: TypeAlias = dict[str, Any]

PEOPLE = (ANA, BOBAN, CECA, DARKO, ENISA)
VACANCIES = (BAKERY, FARM)
TOWNS = (PROKUPLJE, PROKUPLJE, NIS, MEDIJANA, PETROVARADIN, OLD_NOVI_SAD, NOVI_SAD, PRIZREN)
COUNCILS = (PROKUPLJE, NIS, NOVI_SAD, PRIZREN, IVANJICA)
SERIES = (*("work_permits",) * 4, *("survey_workshops",) * 3, *OBSERVED)
OCCUPATIONS = ("7531", "7512", "8141", "9613")
SECTORS = ("C", "N", "A")
ORGANISATIONS = ("o-nes", "o-matis")
QUALIFICATIONS = ("none", "2", "3", "5", "6", "8", "not_stated")
RETURNEES = (
    ["returnee_other"],
    ["returnee_readmission", "migrant_no_status"],
    ["returnee_other", "local"],
)
GROUPS: tuple[list[str], ...] = (
    [],
    ["local"],
    ["protected"],
    ["asylum_seeker", "migrant_no_status"],
    ["refugee", "local"],
    ["returnee_other"],
    ["labour_migrant", "protected"],
)
FACTIDS = ("f-1", "f-2", "f-3", "f-4")
"""Few, so that facts of different stories are sometimes states of one fact."""


def optional(chance: Chance, field: str, values: tuple[Any, ...], percent: int = 50) -> Contents:
    """Return the field with one of the values, or nothing."""
    return {field: chance.pick(values)} if chance.likely(percent) else {}


def block(chance: Chance, groups: tuple[list[str], ...]) -> Contents:
    """Return a person block."""
    return {
        "sex": chance.pick(("female", "male", "not_stated")),
        "birth_year": chance.pick(
            (1990, 1993, 2002, 2007, 2008, 1958, 2023, 1998, 1999, 1973, 1974)
        ),
        "qualification": chance.pick(QUALIFICATIONS),
        "groups": chance.pick(groups),
        **optional(chance, "birth_month", (1, 6, 7, 12)),
        **optional(chance, "residence", TOWNS),
        **optional(chance, "qualification_abroad", (True, True, False)),
        **optional(chance, "occupation", OCCUPATIONS),
    }


def enrolled(chance: Chance) -> Contents:
    """Data of person.enrolled."""
    return block(chance, GROUPS)


def returned(chance: Chance) -> Contents:
    """Data of returnee.registered."""
    return block(chance, RETURNEES) | {
        "country": chance.pick(("DE", "SE", "XK")),
        "modality": chance.pick(("readmission", "voluntary", "spontaneous")),
        "household": chance.pick(("single", "family", "unaccompanied_minor")),
        **optional(chance, "left_on", ("2020-01-01",), 10),
    }


def moved(chance: Chance) -> Contents:
    """Data of person.moved."""
    return {"residence": chance.pick(TOWNS)}


def nothing(_: Chance) -> Contents:
    """Data of person.erased, and of person.merged without the other code."""
    return {}


def consent(chance: Chance) -> Contents:
    """Data of a consent."""
    purposes = ("statistics", "statistics", "statistics", "research")
    return {"purpose": chance.pick(purposes), "text_version": "t-1"}


def needs(chance: Chance) -> Contents:
    """Data of needs.assessed."""
    return {"needs": chance.pick((["employment"], [], ["housing", "training"]))}


def referral(chance: Chance) -> Contents:
    """Data of referral.made."""
    return {"need": chance.pick(("employment", "health")), "to": chance.pick(ORGANISATIONS)}


def service(chance: Chance) -> Contents:
    """Data of service.delivered."""
    services = ("mentoring", "job_search_support", "motivation_workshop", "migration_counselling")
    return {"service": chance.pick(services)}


def followup(chance: Chance) -> Contents:
    """Data of followup.recorded; few die, so that most histories continue."""
    places = ("same", "moved_in_serbia", "abroad", "unreachable", "same", "same", "died")
    return {
        "month": chance.pick((6, 12)),
        "whereabouts": chance.pick(places),
        "activity": chance.pick(("employed", "education", "benefit", "none", "unknown")),
    }


def departure(chance: Chance) -> Contents:
    """Data of departure.declared."""
    return {
        "country": chance.pick(("DE", "AT")),
        "purpose": chance.pick(("work", "work", "study")),
        "expected_months": chance.pick((24, 13, 12, 4, 3, 0)),
    }


def course(chance: Chance) -> Contents:
    """Data of course.enrolled."""
    return {
        "course": chance.pick(("sewing-1", "school-1")),
        "kind": chance.pick(("vocational", "elementary", "digital")),
        **optional(chance, "trade", OCCUPATIONS),
    }


def completed(chance: Chance) -> Contents:
    """Data of course.completed; cycle and exam belong to elementary courses."""
    data = course(chance) | {"hours": 120, "certificate": "public"}
    if data["kind"] == "elementary":
        data |= {"cycle": chance.pick((3, 3, 2)), "exam": chance.pick((True, True, False))}
    return data


def dropped(chance: Chance) -> Contents:
    """Data of course.dropped."""
    return {"course": "sewing-1", "reason": chance.pick(("work", "moved"))}


def practice(chance: Chance) -> Contents:
    """Data of a work practice."""
    return {"employer": "o-matis", "occupation": chance.pick(OCCUPATIONS)}


def school(chance: Chance) -> Contents:
    """Data of school.reenrolled."""
    return {"grade": chance.pick((5, 8))}


def recognised(chance: Chance) -> Contents:
    """Data of qualification.recognised."""
    return {"qualification": chance.pick(("4", "6")), **optional(chance, "occupation", OCCUPATIONS)}


def seeking(chance: Chance) -> Contents:
    """Data of jobseeker.registered."""
    lists: tuple[list[str], ...] = (["long_term"], ["youth", "other"], ["other"], [])
    return {
        "categories": chance.pick(lists),
        **optional(chance, "occupation", OCCUPATIONS),
        **optional(chance, "helped_by", ORGANISATIONS),
        **optional(chance, "unemployed_since", ("2021-05-05",), 10),
    }


def not_seeking(chance: Chance) -> Contents:
    """Data of jobseeker.deregistered."""
    return {"reason": chance.pick(("employed", "inactive"))}


def vacancy(chance: Chance) -> Contents:
    """Data of vacancy.opened."""
    return {
        "positions": chance.pick((3, 1, 5)),
        "occupation": chance.pick(OCCUPATIONS),
        "sector": chance.pick(SECTORS),
        "employer": "o-matis",
    }


def closed(chance: Chance) -> Contents:
    """Data of vacancy.closed."""
    return {
        "outcome": chance.pick(("filled", "unfilled", "withdrawn")),
        "filled_positions": chance.pick((2, 0, 3, 7)),
    }


def match(chance: Chance) -> Contents:
    """Data of match.proposed."""
    return {"vacancy": chance.pick(VACANCIES), "rank": 1}


def no_match(chance: Chance) -> Contents:
    """Data of match.declined."""
    return {"vacancy": chance.pick(VACANCIES), "by": chance.pick(("person", "employer"))}


KINDS = (
    *("open_ended", "fixed_6_plus", "fixed_short", "seasonal"),
    *("public_works", "internship", "self_employment"),
)


def placement(chance: Chance) -> Contents:
    """Data of placement.made."""
    lists: tuple[list[str], ...] = ([], ["practice"], ["training", "practice"], ["training"])
    return {
        "kind": chance.pick(KINDS),
        "employer_kind": chance.pick(("company", "public_body", "own_business")),
        "sector": chance.pick(SECTORS),
        "occupation": chance.pick(OCCUPATIONS),
        "channel": chance.pick(("mediation", "own_search", "practice", "programme")),
        "after": chance.pick(lists),
        **optional(chance, "employer", ORGANISATIONS, 10),
        **optional(chance, "vacancy", VACANCIES, 10),
        **optional(chance, "expected_months", (6, 24), 10),
    }


def reference_to_a_job(chance: Chance) -> Contents:
    """The fields that refer to a placement."""
    return {
        "placement": chance.pick(FACTIDS),
        **optional(chance, "placement_source", ("/services/matching", "/partners/nes"), 30),
    }


def ended(chance: Chance) -> Contents:
    """Data of placement.ended."""
    return reference_to_a_job(chance) | {"reason": chance.pick(("resigned", "moved"))}


def confirmed(chance: Chance) -> Contents:
    """Data of employment.confirmed."""
    evidence = chance.pick(("register", "employer", "adviser", "self"))
    return reference_to_a_job(chance) | {"evidence": evidence}


def business(chance: Chance) -> Contents:
    """Data of a business."""
    return {
        "legal_form": chance.pick(("farm", "company")),
        "sector": chance.pick(SECTORS),
        "grant": chance.pick((True, False)),
    }


def observation(chance: Chance) -> Contents:
    """Data of observation.loaded; the place is a council, or the country if it is left out."""
    periods = ("2023-06", "2023-Q2", "2023", "2023-12", "2023-Q4", "2024-03")
    return {
        "period": chance.pick(periods),
        "value": chance.pick(("0", "5", "12.5", "640", "-3.25")),
        "vintage": chance.pick(("2023-07-01", "2024-07-01")),
        **optional(chance, "municipality", COUNCILS),
        **optional(chance, "base", ("10", "100.5")),
    }


def target(chance: Chance) -> Contents:
    """Data of target.set."""
    data = {"measure": "placed", "period": "2023", "decision": "D-1"}
    return data | {"value": chance.pick(("1", "2"))}


def reported(chance: Chance) -> Contents:
    """Data of partner.reported."""
    return {"domain": "matching", "through": chance.pick(("2023-06-30", "2023-12-31"))}


CONTENTS: dict[str, Callable[[Chance], Contents]] = {
    "registration.returnee.registered": returned,
    "registration.person.enrolled": enrolled,
    "registration.person.moved": moved,
    "registration.person.merged": nothing,
    "registration.person.erased": nothing,
    "registration.consent.granted": consent,
    "registration.consent.withdrawn": consent,
    "registration.needs.assessed": needs,
    "registration.referral.made": referral,
    "registration.service.delivered": service,
    "registration.followup.recorded": followup,
    "registration.departure.declared": departure,
    "training.course.enrolled": course,
    "training.course.completed": completed,
    "training.course.dropped": dropped,
    "training.practice.started": practice,
    "training.practice.completed": practice,
    "training.school.reenrolled": school,
    "training.qualification.recognised": recognised,
    "matching.jobseeker.registered": seeking,
    "matching.jobseeker.deregistered": not_seeking,
    "matching.vacancy.opened": vacancy,
    "matching.vacancy.closed": closed,
    "matching.match.proposed": match,
    "matching.match.declined": no_match,
    "matching.placement.made": placement,
    "matching.placement.ended": ended,
    "matching.employment.confirmed": confirmed,
    "matching.business.started": business,
    "matching.business.closed": business,
    "reference.observation.loaded": observation,
    "reference.target.set": target,
    "reference.partner.reported": reported,
}


def subject_of(chance: Chance, fact_type: str, person: str) -> str:
    """Return the subject of a fact of the type: the story's person, or something else."""
    if fact_type.startswith("matching.vacancy"):
        return chance.pick(VACANCIES)
    others = {
        "reference.target.set": ("t-MI-13",),
        "reference.partner.reported": ("o-nes",),
        "reference.observation.loaded": tuple(f"s-{series}" for series in SERIES),
    }
    return chance.pick(others[fact_type]) if fact_type in others else person


def source_of(chance: Chance, fact_type: str) -> str:
    """Return a source: a service or a partner; only registration may merge and erase codes."""
    domain = fact_type.partition(".")[0]
    if fact_type in ("registration.person.merged", "registration.person.erased"):
        return "/services/registration"
    own = "/partners/statistics" if domain == "reference" else f"/services/{domain}"
    return chance.pick((own, own, "/partners/nes", "/partners/ngo"))


def draft(chance: Chance, fact_type: str, on: str, subject: str, **fields: Any) -> Event:
    """Return an event without id: random data, except for `fields`."""
    source = fields.pop("source", None) or source_of(chance, fact_type)
    data = {"on": on} | CONTENTS[fact_type](chance)
    if not fact_type.endswith(("merged", "erased", "granted", "withdrawn", "observation.loaded")):
        data["municipality"] = chance.pick(TOWNS)
    if not fact_type.startswith("reference.") and "municipality" in data:
        data |= optional(chance, "programmes", (["M4SD"], ["M4SD", "ROMA-2016"]), 30)
    if fact_type == "registration.person.merged":
        data["with"] = chance.pick([code for code in PEOPLE if code != subject])
    factid = fields.pop("factid", None) or chance.pick(FACTIDS)
    return {
        "specversion": "1.0",
        "source": source,
        "type": f"{fact_type}.v1",
        "subject": subject,
        "time": "2025-01-01T09:00:00Z",
        "recordedtime": chance.pick(RECORDED),
        "datacontenttype": "application/json",
        "factid": factid,
        "revision": 1,
        "data": data | fields,
    }


RECORDED = tuple(f"2025-0{month}-01T09:00:0{month}.250Z" for month in range(1, 7))


def shifted(day: str, days: int) -> str:
    """Return the ISO day `days` later."""
    return days_after(date.fromisoformat(day), days).isoformat()
