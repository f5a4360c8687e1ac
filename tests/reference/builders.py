"""Builds events in one line: every field that a test does not name gets a default value."""

from typing import Any

from tests.reference.shapes import Event

ANA, BOBAN, CECA, DARKO, ENISA = (f"p-0{letter * 25}" for letter in "abcde")
BAKERY, FARM = (f"v-0{letter * 25}" for letter in "xy")
PROKUPLJE, IVANJICA, KNJAZEVAC, NIS = "70998", "70564", "70602", "79022"
MEDIJANA, NOVI_SAD, PETROVARADIN, OLD_NOVI_SAD = "71331", "89010", "80519", "80284"
PRIZREN = "90255"
NAMES = {ANA: "Ana", BOBAN: "Boban", CECA: "Ceca", DARKO: "Darko", ENISA: "Enisa"}
NAMES |= {BAKERY: "the bakery", FARM: "the farm"}

BLOCK: dict[str, Any] = {
    "sex": "female",
    "birth_year": 1990,
    "qualification": "4",
    "groups": ["returnee_other"],
}

DATA: dict[str, dict[str, Any]] = {
    "registration.returnee.registered": BLOCK
    | {"country": "DE", "modality": "voluntary", "household": "single"},
    "registration.person.enrolled": BLOCK,
    "registration.person.moved": {"residence": NIS},
    "registration.person.merged": {"with": BOBAN},
    "registration.person.erased": {},
    "registration.consent.granted": {"purpose": "statistics", "text_version": "t-1"},
    "registration.consent.withdrawn": {"purpose": "statistics", "text_version": "t-1"},
    "registration.needs.assessed": {"needs": ["employment"]},
    "registration.referral.made": {"need": "employment", "to": "o-nes"},
    "registration.service.delivered": {"service": "mentoring"},
    "registration.followup.recorded": {"month": 6, "whereabouts": "same", "activity": "employed"},
    "registration.departure.declared": {"country": "DE", "purpose": "work", "expected_months": 24},
    "registration.fact.retracted": {"reason": "entered_in_error"},
    "training.course.enrolled": {"course": "sewing-1", "kind": "vocational", "trade": "7531"},
    "training.course.completed": {
        "course": "sewing-1",
        "kind": "vocational",
        "trade": "7531",
        "hours": 120,
        "certificate": "public",
    },
    "training.course.dropped": {"course": "sewing-1", "reason": "work"},
    "training.practice.started": {"employer": "o-matis", "occupation": "8141"},
    "training.practice.completed": {"employer": "o-matis", "occupation": "8141"},
    "training.school.reenrolled": {"grade": 5},
    "training.qualification.recognised": {"qualification": "4"},
    "training.fact.retracted": {"reason": "entered_in_error"},
    "matching.jobseeker.registered": {"categories": ["long_term"]},
    "matching.jobseeker.deregistered": {"reason": "employed"},
    "matching.vacancy.opened": {
        "positions": 3,
        "occupation": "7531",
        "sector": "C",
        "employer": "o-matis",
    },
    "matching.vacancy.closed": {"outcome": "filled", "filled_positions": 3},
    "matching.match.proposed": {"vacancy": BAKERY, "rank": 1},
    "matching.match.declined": {"vacancy": BAKERY, "by": "person"},
    "matching.placement.made": {
        "kind": "open_ended",
        "employer_kind": "company",
        "sector": "C",
        "occupation": "7531",
        "channel": "own_search",
        "after": [],
    },
    "matching.placement.ended": {"placement": "f-1", "reason": "resigned"},
    "matching.employment.confirmed": {"placement": "f-1", "evidence": "register"},
    "matching.business.started": {"legal_form": "farm", "sector": "A", "grant": True},
    "matching.business.closed": {"legal_form": "farm", "sector": "A", "grant": True},
    "matching.fact.retracted": {"reason": "entered_in_error"},
    "reference.observation.loaded": {"period": "2023-06", "value": "1", "vintage": "2023-07-01"},
    "reference.target.set": {
        "measure": "placed",
        "period": "2023",
        "value": "100",
        "decision": "D-1",
    },
    "reference.partner.reported": {"domain": "matching", "through": "2023-06-30"},
    "reference.fact.retracted": {"reason": "entered_in_error"},
}
"""The default data of every type beyond `on`, `municipality` and `programmes`."""

WITHOUT_TOWN = (
    "person.merged",
    "person.erased",
    "consent.granted",
    "consent.withdrawn",
    "fact.retracted",
    "observation.loaded",
)


def make_event(fact_type: str, on: str, subject: str = ANA, /, **fields: Any) -> Event:
    """Return an event of the type (without version): default data, except for `fields`.

    `source`, `factid`, `revision`, `id`, `time` and `recordedtime` go to the envelope, the rest
    to the data.
    """
    factid, revision = fields.pop("factid", "f-1"), fields.pop("revision", 1)
    envelope: Event = {
        "specversion": "1.0",
        "id": fields.pop("id", f"{fact_type}-{factid}-{revision}-{subject[:4]}"),
        "source": fields.pop("source", f"/services/{fact_type.partition('.')[0]}"),
        "type": f"{fact_type}.v1",
        "subject": subject,
        "time": fields.pop("time", f"{on}T09:00:00Z"),
        "recordedtime": fields.pop("recordedtime", f"{on}T09:00:01Z"),
        "datacontenttype": "application/json",
        "factid": factid,
        "revision": revision,
    }
    town = {} if fact_type.endswith(WITHOUT_TOWN) else {"municipality": PROKUPLJE}
    return envelope | {"data": {"on": on} | town | DATA[fact_type] | fields}


def retract(event: Event, revision: int = 2, on: str = "2024-06-01") -> Event:
    """Return the retraction of a fact by its own source."""
    stated = event["type"].rpartition(".v")[0]
    return make_event(
        f"{stated.partition('.')[0]}.fact.retracted",
        on,
        event["subject"],
        source=event["source"],
        factid=event["factid"],
        revision=revision,
        id=f"retract-{event['id']}-{revision}",
        type=stated,
    )


def correct(event: Event, revision: int = 2, **fields: object) -> Event:
    """Return a later revision of the fact: the same content, except for `fields`."""
    return event | {
        "id": f"{event['id']}-corrected-{revision}",
        "revision": revision,
        "data": event["data"] | fields,
    }
