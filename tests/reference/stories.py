"""Small random stories about one person or thing, with days at the limits of the rules."""

from collections.abc import Callable
from datetime import date

from tests.reference.chance import Chance
from tests.reference.contents import CONTENTS, PEOPLE, TOWNS, draft, shifted, subject_of
from tests.reference.days import days_after, months_after
from tests.reference.shapes import Event

ANCHORS = ("2023-01-31", "2023-03-02", "2022-08-31", "2022-06-15", "2023-08-29", "2024-02-29")
EDGES = (0, 0, 1, -1, 14, 15, 29, 30, 31, -30, -31, 59, 60, 61, 90, 91, 180, 365, 366, -365)


class StoryBuilder:
    """Collects the events of one story: one person, one first day."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.person = chance.pick((*PEOPLE[:1] * 3, *PEOPLE[:2], *PEOPLE))
        self.day = shifted(chance.pick(ANCHORS), chance.pick(EDGES))
        self.events: list[Event] = []

    def add(self, fact_type: str, after: tuple[int, ...] = (0,), **fields: object) -> Event:
        """Add a fact of the type, one of `after` days after the first day of the story."""
        on = shifted(self.day, self.chance.pick(after))
        return self.add_on(fact_type, on, **fields)

    def add_on(self, fact_type: str, on: str, **fields: object) -> Event:
        """Add a fact of the type on that day."""
        subject = subject_of(self.chance, fact_type, self.person)
        event = draft(self.chance, fact_type, on, subject, **fields)
        self.events.append(event)
        return event

    def retract(self, event: Event) -> None:
        """Add the retraction of a fact; the log is shuffled, so that it may arrive first."""
        stated = event["type"].removesuffix(".v1")
        data = {"on": "2024-12-01", "type": stated, "reason": "entered_in_error"}
        kind = f"{stated.partition('.')[0]}.fact.retracted.v1"
        self.events.append(event | {"type": kind, "revision": 2, "data": data})

    def maybe_add(self, fact_type: str, after: tuple[int, ...] = (0,), **fields: object) -> None:
        """Add such a fact in 60 % of the stories."""
        if self.chance.likely(60):
            self.add(fact_type, after, **fields)


def block(builder: StoryBuilder) -> None:
    """A person enrolls."""
    builder.add("registration.person.enrolled")


def move(builder: StoryBuilder) -> None:
    """A person moves, perhaps on the day of a block."""
    builder.add("registration.person.moved")
    builder.maybe_add("registration.person.enrolled", (0, 1, -1))


def merge(builder: StoryBuilder) -> None:
    """Two or three codes are merged; perhaps the merge is retracted and recorded again."""
    link = builder.add("registration.person.merged", factid="f-1")
    if builder.chance.likely(50):
        builder.retract(link)
        if builder.chance.likely(60):
            builder.events.append(link | {"revision": builder.chance.pick((3, 2, 1))})
    for _ in range(builder.chance.pick((1, 0, 2))):
        builder.add(builder.chance.pick(tuple(CONTENTS)), EDGES)
    builder.person = link["data"]["with"]
    builder.maybe_add("registration.person.enrolled", (0, 1, -1))
    builder.maybe_add("matching.placement.made", (0, 14, 15))
    if builder.chance.likely(40):
        builder.add("registration.person.merged", factid="f-3")


def consent(builder: StoryBuilder) -> None:
    """Consent is granted, and perhaps withdrawn, for something that counts with consent."""
    builder.add("registration.consent.granted", (0, 1))
    builder.maybe_add("registration.consent.withdrawn", (0, 1, 2))
    builder.maybe_add("training.course.enrolled", EDGES)
    builder.maybe_add("matching.placement.made", EDGES)


def erased(builder: StoryBuilder) -> None:
    """A code is erased, which changes no entry."""
    builder.add("registration.person.erased")


def homecoming(builder: StoryBuilder) -> None:
    """A return, its assessment and its follow-ups, perhaps a second return a year later."""
    builder.add("registration.returnee.registered")
    builder.maybe_add("registration.returnee.registered", (0, 30, 364, 365, 366, 367))
    builder.maybe_add("registration.needs.assessed", (0, 30, 31, -30, -31))
    builder.maybe_add("registration.referral.made", (0, 30, 31, -30, -31))
    for months in (6, 12):
        due = months_after(date.fromisoformat(builder.day), months)
        for _ in range(builder.chance.pick((1, 0, 2))):
            shift = builder.chance.pick((0, -45, -46, 1, 89, 90, 91))
            on = days_after(due, shift).isoformat()
            right = {"month": months} if builder.chance.likely(80) else {}
            builder.add_on("registration.followup.recorded", on, **right)


def skills(builder: StoryBuilder) -> None:
    """Skills from abroad, recognised or used at work about a year later."""
    builder.add(
        "registration.person.enrolled",
        qualification=builder.chance.pick(("3", "8", "2")),
        qualification_abroad=True,
    )
    due = months_after(date.fromisoformat(builder.day), 12)
    edges = (due, days_after(due, 1), date.fromisoformat(builder.day), days_after(due, -100))
    for fact_type in ("training.qualification.recognised", "matching.placement.made"):
        if builder.chance.likely(50):
            builder.add_on(fact_type, builder.chance.pick(edges).isoformat())


def job(builder: StoryBuilder) -> None:
    """A job, perhaps reported twice, ended or confirmed, near the limits of MI-13."""
    first = builder.add("matching.placement.made")
    reports = [first]
    town = first["data"]["municipality"]
    for days in ((0, 1, 14, 15, -14, -15), (14, 15, 28, 29)):
        if builder.chance.likely(40):
            changed = {"municipality": builder.chance.pick((town, town, *TOWNS))}
            reports.append(builder.add("matching.placement.made", days, **changed))
    for fact_type, days in (
        ("matching.placement.ended", (180, 181, 100, 179, 0, -1)),
        ("matching.employment.confirmed", (180, 150, 149, 270, 271, 200)),
        ("matching.employment.confirmed", (164, 165, 284, 285, 270, 150)),
    ):
        if builder.chance.likely(45):
            builder.add(fact_type, days, **reference_to_job(builder.chance, reports))


def reference_to_job(chance: Chance, reports: list[Event]) -> dict[str, str]:
    """Return a reference to one of the reports of the job, mostly with its source."""
    fields = chance.pick(reports)
    found = {"placement": fields["factid"]}
    if chance.likely(50):
        found["placement_source"] = fields["source"]
    elif chance.likely(80):
        found["source"] = fields["source"]
    return found


def seeking(builder: StoryBuilder) -> None:
    """Jobseeker spells, and services near them that reach the hard to employ."""
    builder.add("matching.jobseeker.registered")
    builder.maybe_add("matching.jobseeker.registered", (0, 1, 10, 30))
    builder.maybe_add("matching.jobseeker.deregistered", (0, 1, 10, 30, -1))
    builder.maybe_add("matching.jobseeker.deregistered", (0, 10, 11))
    for fact_type in ("registration.service.delivered", "training.practice.started"):
        builder.maybe_add(fact_type, (0, -30, -31, 9, 10, -1, 30))


def course(builder: StoryBuilder) -> None:
    """A course, with cycles and exams, perhaps dropped."""
    builder.add("training.course.completed")
    builder.maybe_add("training.course.completed", (0, 30))
    builder.maybe_add("training.course.enrolled", (0, -30, -60))
    builder.maybe_add("training.course.dropped", (0, -1))


def vacancy(builder: StoryBuilder) -> None:
    """A vacancy, and its closings."""
    builder.add("matching.vacancy.opened")
    builder.maybe_add("matching.vacancy.closed", (0, 59, 60, 61, -1, 30))
    if builder.chance.likely(30):
        builder.add("matching.vacancy.closed", (0, 1, 60, 90))


def stay(builder: StoryBuilder) -> None:
    """A migrant who moves, works and leaves."""
    builder.add("registration.person.enrolled", groups=["protected", "local"])
    builder.maybe_add("registration.person.moved", (0, 10, 30))
    builder.maybe_add("registration.departure.declared", (0, 10, 30, 60))
    builder.maybe_add("registration.person.enrolled", (0, 30, 60))
    activities = ("training.school.reenrolled", "training.practice.started")
    for fact_type in (*activities, "matching.placement.made"):
        if builder.chance.likely(40):
            builder.add(fact_type, (0, -1, 10, 30, 60, 61))


def observation(builder: StoryBuilder) -> None:
    """An observation, and perhaps a newer one."""
    builder.add("reference.observation.loaded")
    builder.maybe_add("reference.observation.loaded", (0, 1))


def anything(builder: StoryBuilder) -> None:
    """A fact of any type."""
    builder.add(builder.chance.pick(tuple(CONTENTS)))


STORIES: tuple[Callable[[StoryBuilder], None], ...] = (
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
    """Return the events of one story, without ids."""
    add_story = chance.pick(STORIES)
    builder = StoryBuilder(chance)
    add_story(builder)
    return builder.events
