"""Small random stories about one person or thing, with days at the edges of the rules."""

from collections.abc import Callable
from datetime import date

from tests.reference.chance import Chance
from tests.reference.contents import CONTENTS, PEOPLE, TOWNS, draft, shifted, subject_of
from tests.reference.days import days_after, months_after
from tests.reference.plain import Event

ANCHORS = ("2023-01-31", "2023-03-02", "2022-08-31", "2022-06-15", "2023-08-29", "2024-02-29")
EDGES = (0, 0, 1, -1, 14, 15, 29, 30, 31, -30, -31, 59, 60, 61, 90, 91, 180, 365, 366, -365)


class Teller:
    """One person, one first day, and the facts told of them so far."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.person = chance.pick((*PEOPLE[:1] * 3, *PEOPLE[:2], *PEOPLE))
        self.day = shifted(chance.pick(ANCHORS), chance.pick(EDGES))
        self.said: list[Event] = []

    def tell(self, fact_type: str, after: tuple[int, ...] = (0,), **told: object) -> Event:
        """A fact of the type, one of `after` days after the first day of the story."""
        on = shifted(self.day, self.chance.pick(after))
        return self.tell_on(fact_type, on, **told)

    def tell_on(self, fact_type: str, on: str, **told: object) -> Event:
        """A fact of the type on that day."""
        subject = subject_of(self.chance, fact_type, self.person)
        event = draft(self.chance, fact_type, on, subject, **told)
        self.said.append(event)
        return event

    def take_back(self, event: Event) -> None:
        """The retraction of a fact, which may arrive before it."""
        stated = event["type"].removesuffix(".v1")
        data = {"on": "2024-12-01", "type": stated, "reason": "entered_in_error"}
        kind = f"{stated.partition('.')[0]}.fact.retracted.v1"
        self.said.append(event | {"type": kind, "revision": 2, "data": data})

    def maybe(self, fact_type: str, after: tuple[int, ...] = (0,), **told: object) -> None:
        """Such a fact, or none."""
        if self.chance.likely(60):
            self.tell(fact_type, after, **told)


def block(teller: Teller) -> None:
    """A person is described."""
    teller.tell("registration.person.enrolled")


def move(teller: Teller) -> None:
    """A person moves, perhaps on the day of a block."""
    teller.tell("registration.person.moved")
    teller.maybe("registration.person.enrolled", (0, 1, -1))


def merge(teller: Teller) -> None:
    """Two codes are one person, or three are; perhaps they are not, or are all the same."""
    link = teller.tell("registration.person.merged", factid="f-1")
    if teller.chance.likely(50):
        teller.take_back(link)
        if teller.chance.likely(60):
            teller.said.append(link | {"revision": teller.chance.pick((3, 2, 1))})
    for _ in range(teller.chance.pick((1, 0, 2))):
        teller.tell(teller.chance.pick(tuple(CONTENTS)), EDGES)
    teller.person = link["data"]["with"]
    teller.maybe("registration.person.enrolled", (0, 1, -1))
    teller.maybe("matching.placement.made", (0, 14, 15))
    if teller.chance.likely(40):
        teller.tell("registration.person.merged", factid="f-3")


def consent(teller: Teller) -> None:
    """Consent is given, and perhaps taken back, for something that counts with consent."""
    teller.tell("registration.consent.granted", (0, 1))
    teller.maybe("registration.consent.withdrawn", (0, 1, 2))
    teller.maybe("training.course.enrolled", EDGES)
    teller.maybe("matching.placement.made", EDGES)


def erased(teller: Teller) -> None:
    """A code is resolved no longer, which changes no entry."""
    teller.tell("registration.person.erased")


def homecoming(teller: Teller) -> None:
    """A return, its assessment and its follow-ups, perhaps a second return a year later."""
    teller.tell("registration.returnee.registered")
    teller.maybe("registration.returnee.registered", (0, 30, 364, 365, 366, 367))
    teller.maybe("registration.needs.assessed", (0, 30, 31, -30, -31))
    teller.maybe("registration.referral.made", (0, 30, 31, -30, -31))
    for months in (6, 12):
        due = months_after(date.fromisoformat(teller.day), months)
        for _ in range(teller.chance.pick((1, 0, 2))):
            shift = teller.chance.pick((0, -45, -46, 1, 89, 90, 91))
            on = days_after(due, shift).isoformat()
            right = {"month": months} if teller.chance.likely(80) else {}
            teller.tell_on("registration.followup.recorded", on, **right)


def skills(teller: Teller) -> None:
    """Skills from abroad, recognised or worked in about a year later."""
    teller.tell(
        "registration.person.enrolled",
        qualification=teller.chance.pick(("3", "8", "2")),
        qualification_abroad=True,
    )
    due = months_after(date.fromisoformat(teller.day), 12)
    edges = (due, days_after(due, 1), date.fromisoformat(teller.day), days_after(due, -100))
    for fact_type in ("training.qualification.recognised", "matching.placement.made"):
        if teller.chance.likely(50):
            teller.tell_on(fact_type, teller.chance.pick(edges).isoformat())


def job(teller: Teller) -> None:
    """A job, perhaps told twice, perhaps ended, perhaps confirmed, near the edges of MI-13."""
    first = teller.tell("matching.placement.made")
    tellings = [first]
    town = first["data"]["municipality"]
    for days in ((0, 1, 14, 15, -14, -15), (14, 15, 28, 29)):
        if teller.chance.likely(40):
            again = {"municipality": teller.chance.pick((town, town, *TOWNS))}
            tellings.append(teller.tell("matching.placement.made", days, **again))
    for fact_type, days in (
        ("matching.placement.ended", (180, 181, 100, 179, 0, -1)),
        ("matching.employment.confirmed", (180, 150, 149, 270, 271, 200)),
        ("matching.employment.confirmed", (164, 165, 284, 285, 270, 150)),
    ):
        if teller.chance.likely(45):
            teller.tell(fact_type, days, **meaning(teller.chance, tellings))


def meaning(chance: Chance, tellings: list[Event]) -> dict[str, str]:
    """A reference to one of the tellings, mostly with its source."""
    told = chance.pick(tellings)
    found = {"placement": told["factid"]}
    if chance.likely(50):
        found["placement_source"] = told["source"]
    elif chance.likely(80):
        found["source"] = told["source"]
    return found


def seeking(teller: Teller) -> None:
    """Spells of looking for work, and what reaches the hard to employ near them."""
    teller.tell("matching.jobseeker.registered")
    teller.maybe("matching.jobseeker.registered", (0, 1, 10, 30))
    teller.maybe("matching.jobseeker.deregistered", (0, 1, 10, 30, -1))
    teller.maybe("matching.jobseeker.deregistered", (0, 10, 11))
    for fact_type in ("registration.service.delivered", "training.practice.started"):
        teller.maybe(fact_type, (0, -30, -31, 9, 10, -1, 30))


def course(teller: Teller) -> None:
    """A course, with cycles and exams, perhaps dropped."""
    teller.tell("training.course.completed")
    teller.maybe("training.course.completed", (0, 30))
    teller.maybe("training.course.enrolled", (0, -30, -60))
    teller.maybe("training.course.dropped", (0, -1))


def vacancy(teller: Teller) -> None:
    """A vacancy, and its closings."""
    teller.tell("matching.vacancy.opened")
    teller.maybe("matching.vacancy.closed", (0, 59, 60, 61, -1, 30))
    if teller.chance.likely(30):
        teller.tell("matching.vacancy.closed", (0, 1, 60, 90))


def stay(teller: Teller) -> None:
    """A migrant who moves, works and leaves."""
    teller.tell("registration.person.enrolled", groups=["protected", "local"])
    teller.maybe("registration.person.moved", (0, 10, 30))
    teller.maybe("registration.departure.declared", (0, 10, 30, 60))
    teller.maybe("registration.person.enrolled", (0, 30, 60))
    activities = ("training.school.reenrolled", "training.practice.started")
    for fact_type in (*activities, "matching.placement.made"):
        if teller.chance.likely(40):
            teller.tell(fact_type, (0, -1, 10, 30, 60, 61))


def observation(teller: Teller) -> None:
    """A figure, and perhaps a newer one."""
    teller.tell("reference.observation.loaded")
    teller.maybe("reference.observation.loaded", (0, 1))


def anything(teller: Teller) -> None:
    """A fact of any type."""
    teller.tell(teller.chance.pick(tuple(CONTENTS)))


STORIES: tuple[Callable[[Teller], None], ...] = (
    anything,
    anything,
    block,
    block,
    job,
    job,
    homecoming,
    move,
    merge,
    merge,
    consent,
    seeking,
    course,
    vacancy,
    stay,
    skills,
    observation,
    erased,
)


def random_story(chance: Chance) -> list[Event]:
    """The events of one story, not numbered yet."""
    tell = chance.pick(STORIES)
    teller = Teller(chance)
    tell(teller)
    return teller.said
