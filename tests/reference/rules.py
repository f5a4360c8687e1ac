"""The rules of the indicators about persons and vacancies: from one history to its entries.

Each function reads one ordered history and lists the entries of the indicator that it is named by.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from tests.reference.days import days_after, months_after
from tests.reference.history import BLOCKS
from tests.reference.measures import MEASURES, OUTCOMES
from tests.reference.person import (
    MIGRANT_GROUPS,
    PERSONAL,
    block_on,
    blocks,
    home,
    personal_buckets,
)
from tests.reference.shapes import Entry, Fact

DURABLE = {"open_ended", "fixed_6_plus", "self_employment"}
HIGH = {"6", "7", "8"}
THREE_TO_EIGHT = {"3", "4", "5", "6", "7", "8"}
THERE = {"same", "moved_in_serbia"}
IN_SOMETHING = {"employed", "education", "benefit"}


# --- the shape of an entry -----------------------------------------------------------------------


def entry(measure: str, history: list[Fact], fact: Fact, **given: Any) -> Entry:
    """Return an entry of the fact: its day, town and buckets, unless `given` replaces them."""
    fields = {"on": fact["on"], "until": None, "town": fact["town"], "amount": 1} | given
    return Entry(
        subject="",
        measure=measure,
        buckets=buckets_of(measure, history, fact),
        **fields,
    )


def buckets_of(measure: str, history: list[Fact], fact: Fact) -> frozenset[tuple[str, str]]:
    """Return every (split, bucket) of the measure for the fact and the person on its day."""
    pairs = set()
    for split in MEASURES[measure].splits:
        for bucket in buckets_in(measure, split, history, fact):
            pairs.add((split, bucket))
    return frozenset(pairs)


def buckets_in(measure: str, split: str, history: list[Fact], fact: Fact) -> list[str]:
    """Return the buckets of one split: of the person on the day, or of the fact."""
    if split in PERSONAL:
        personal = personal_buckets(history, fact["on"], split)
        if measure.startswith("MI-09") and split == "group":
            return [group for group in personal if group in MIGRANT_GROUPS]
        return personal
    return fact_buckets(measure, split, history, fact)


def fact_buckets(measure: str, split: str, history: list[Fact], fact: Fact) -> list[str]:
    """Return the buckets of one dimension of the fact."""
    data = fact["data"]
    if split == "programme":
        return data.get("programmes") or ["none_stated"]
    if split == "horizon":
        months = data["expected_months"]
        return ["short" if months <= 3 else "medium" if months <= 12 else "long"]
    if measure == "MI-01.jobseekers":
        data = (block_on(history, fact["on"]) or {}) | data
        return [data["occupation"][:2] if "occupation" in data else "unknown"]
    if split in ("occupation", "trade"):
        return [data[split][:2] if split in data else "unknown"]
    return [data[split]]


def of_type(history: list[Fact], *types: str) -> list[Fact]:
    """Return the facts of these types, in the order of facts."""
    return [fact for fact in history if fact["type"] in types]


# --- labour supply and demand --------------------------------------------------------------------


def spells(history: list[Fact]) -> list[tuple[Fact, date | None]]:
    """The jobseeker spells of a person: what opened them, and the day on which they ended.

    A deregistration ends what was open before its day; if nothing was, what opens on that day,
    and that is then no spell at all.
    """
    found: list[tuple[Fact, date | None]] = []
    for day in sorted({fact["on"] for fact in history}):
        today = [fact for fact in history if fact["on"] == day]
        opening = of_type(today, "matching.jobseeker.registered")
        if of_type(today, "matching.jobseeker.deregistered"):
            if all(end is not None for _, end in found):
                opening = []
            found = [(start, end or day) for start, end in found]
        found += [(start, None) for start in opening]
    return found


def mi_01_jobseekers(history: list[Fact]) -> Iterator[Entry]:
    """Every spell from its registration to its end."""
    for start, end in spells(history):
        yield entry("MI-01.jobseekers", history, start, until=end)


def closing(history: list[Fact], opening: Fact) -> Fact | None:
    """The first closing of the vacancy on or after the opening."""
    closings = of_type(history, "matching.vacancy.closed")
    return next((closed for closed in closings if closed["on"] >= opening["on"]), None)


def mi_01_positions(history: list[Fact]) -> Iterator[Entry]:
    """Positions from the opening until the closing; none if both are on the same day."""
    for opening in of_type(history, "matching.vacancy.opened"):
        closed = closing(history, opening)
        until = closed["on"] if closed else None
        if until != opening["on"]:
            positions = opening["data"]["positions"]
            yield entry("MI-01.positions", history, opening, until=until, amount=positions)


def mi_01_notified(history: list[Fact]) -> Iterator[Entry]:
    """Every opening on its day, with its positions."""
    for opening in of_type(history, "matching.vacancy.opened"):
        yield entry("MI-01.notified", history, opening, amount=opening["data"]["positions"])


def mi_02(history: list[Fact]) -> Iterator[Entry]:
    """Positions, and those not filled, on the 60th day; vacancies withdrawn by then left out."""
    for opening in of_type(history, "matching.vacancy.opened"):
        due = days_after(opening["on"], 60)
        closed = closing(history, opening)
        by_then = closed["data"] if closed and closed["on"] <= due else {"outcome": "open"}
        if by_then["outcome"] == "withdrawn":
            continue
        positions = opening["data"]["positions"]
        filled = by_then["filled_positions"] if by_then["outcome"] == "filled" else 0
        unfilled = max(0, positions - filled)
        yield entry("MI-02.due", history, opening, on=due, amount=positions)
        yield entry("MI-02.unfilled", history, opening, on=due, amount=unfilled)


# --- brain circulation ---------------------------------------------------------------------------


def is_highly_qualified(history: list[Fact], day: date) -> bool:
    """Qualification 6 to 8 of the person on the day."""
    block = block_on(history, day)
    return block is not None and block["qualification"] in HIGH


def mi_03(history: list[Fact]) -> Iterator[Entry]:
    """The highly qualified who came back, and those who left for more than twelve months."""
    for fact in history:
        if not is_highly_qualified(history, fact["on"]):
            continue
        if fact["type"] == "registration.returnee.registered":
            yield entry("MI-03.in", history, fact, town=home(history, fact))
        if is_departure(fact) and fact["data"]["expected_months"] > 12:
            yield entry("MI-03.out", history, fact, town=home(history, fact))


def is_departure(fact: Fact) -> bool:
    """A declared departure from Serbia."""
    return bool(fact["type"] == "registration.departure.declared")


def mi_04(history: list[Fact]) -> Iterator[Entry]:
    """Skills from abroad, and whether they were recognised or worked in within a year."""
    start = next((block for block in blocks(history) if brings_skills(block)), None)
    if start is None:
        return
    due = months_after(start["on"], 12)
    yield entry("MI-04.due", history, start, on=due)
    within = [fact for fact in history if start["on"] <= fact["on"] <= due]
    if any(uses_skills(history, fact) for fact in within):
        yield entry("MI-04.used", history, start, on=due)


def brings_skills(block: Fact) -> bool:
    """A qualification of level 3 to 8, acquired abroad."""
    data = block["data"]
    return bool(data.get("qualification_abroad", False) and data["qualification"] in THREE_TO_EIGHT)


def uses_skills(history: list[Fact], fact: Fact) -> bool:
    """A recognition, or work in the person's own occupation (first two digits) of that day."""
    if fact["type"] == "training.qualification.recognised":
        return True
    own = (block_on(history, fact["on"]) or {}).get("occupation")
    if fact["type"] != "matching.placement.made" or own is None:
        return False
    return bool(fact["data"]["occupation"][:2] == own[:2])


# --- monitoring of returns -----------------------------------------------------------------------


def mi_05(history: list[Fact]) -> Iterator[Entry]:
    """Every registration of a returnee."""
    for fact in of_type(history, "registration.returnee.registered"):
        yield entry("MI-05.registered", history, fact)


def returns(history: list[Fact]) -> list[Fact]:
    """Registrations that start the clock: none in the twelve months before."""
    registered = of_type(history, "registration.returnee.registered")
    return [
        fact
        for index, fact in enumerate(registered)
        if not any(months_after(e["on"], 12) >= fact["on"] for e in registered[:index])
    ]


def mi_06(history: list[Fact]) -> Iterator[Entry]:
    """Assessed and referred, both at most 30 days before or after the start."""
    for start in returns(history):
        due = days_after(start["on"], 30)
        since = days_after(start["on"], -30)
        near = {fact["type"] for fact in history if since <= fact["on"] <= due}
        yield entry("MI-06.due", history, start, on=due)
        if {"registration.needs.assessed", "registration.referral.made"} <= near:
            yield entry("MI-06.done", history, start, on=due)


def mi_07(history: list[Fact]) -> Iterator[Entry]:
    """Where returnees are, and what they do, after 6 and after 12 months."""
    for start in returns(history):
        for months in (6, 12):
            due = months_after(start["on"], months)
            outcome = outcome_at(history, due, months)
            if outcome != "died":
                yield entry(f"MI-07.m{months}_due", history, start, on=due)
                yield entry(f"MI-07.m{months}_{outcome}", history, start, on=due)


def outcome_at(history: list[Fact], due: date, months: int) -> str:
    """Return the outcome of the follow-ups around the due day: died, or one of the five."""
    followups = of_type(history, "registration.followup.recorded")
    by_then = [fact for fact in followups if fact["on"] <= days_after(due, 90)]
    if any(fact["data"]["whereabouts"] == "died" for fact in by_then):
        return "died"
    near = [fact["data"] for fact in by_then if fact["on"] >= days_after(due, -45)]
    decisive = [data for data in near if data["month"] == months]
    if not decisive:
        return "missing"
    last = decisive[-1]
    if last["whereabouts"] in THERE:
        return "sustained" if last["activity"] in IN_SOMETHING else "not_active"
    assert last["whereabouts"] in OUTCOMES
    return str(last["whereabouts"])


# --- labour migrants in Serbia and abroad --------------------------------------------------------


def is_death(fact: Fact) -> bool:
    """Whether a follow-up finds that the person has died."""
    is_followup = fact["type"] == "registration.followup.recorded"
    return is_followup and str(fact["data"]["whereabouts"]) == "died"


def stays(history: list[Fact]) -> list[tuple[Fact, date | None]]:
    """The intervals in which a migrant is *in*: the block or move that begins each, and its end."""
    turns = [
        fact
        for fact in history
        if fact["type"] in (*BLOCKS, "registration.person.moved")
        or is_departure(fact)
        or is_death(fact)
    ]
    found = []
    is_in = False
    for index, fact in enumerate(turns):
        if fact["type"] in BLOCKS:
            is_in = bool(MIGRANT_GROUPS & set(fact["data"]["groups"]))
        if is_departure(fact) or is_death(fact):
            is_in = False
        end = turns[index + 1]["on"] if index + 1 < len(turns) else None
        if is_in and end != fact["on"]:
            found.append((fact, end))
    return found


def mi_09_known(history: list[Fact]) -> Iterator[Entry]:
    """Every interval of a migrant, in the residence and the buckets of its first day."""
    for begin, end in stays(history):
        yield entry("MI-09.known", history, begin, until=end, town=home(history, begin))


def mi_09_active(history: list[Fact]) -> Iterator[Entry]:
    """Work, training and school on days when the migrant is *in*, counted as the interval is."""
    activities = of_type(
        history,
        "matching.placement.made",
        "training.course.enrolled",
        "training.practice.started",
        "training.school.reenrolled",
    )
    for fact in activities:
        for begin, end in stays(history):
            if is_within(fact["on"], begin["on"], end):
                town = home(history, begin)
                yield entry("MI-09.active", history, begin, on=fact["on"], town=town)


def is_within(day: date, begin: date, end: date | None) -> bool:
    """Whether the day lies in [begin, end)."""
    return begin <= day and (end is None or day < end)


def mi_10(history: list[Fact]) -> Iterator[Entry]:
    """Departures for work."""
    for fact in history:
        if is_departure(fact) and fact["data"]["purpose"] == "work":
            yield entry("MI-10.departed", history, fact, town=home(history, fact))


def mi_11(history: list[Fact]) -> Iterator[Entry]:
    """Counselling of potential migrants."""
    for fact in of_type(history, "registration.service.delivered"):
        if fact["data"]["service"] == "migration_counselling":
            yield entry("MI-11.counselled", history, fact)


# --- social inclusion ----------------------------------------------------------------------------


def mi_12(history: list[Fact]) -> Iterator[Entry]:
    """Services and measures that reach the hard to employ."""
    reaching = of_type(
        history,
        "registration.service.delivered",
        "training.course.enrolled",
        "training.practice.started",
        "matching.jobseeker.registered",
    )
    for fact in reaching:
        if is_hard_to_employ(history, fact["on"]):
            yield entry("MI-12.reached", history, fact)


def is_hard_to_employ(history: list[Fact], day: date) -> bool:
    """A spell with a category, open or soon open, and a group other than local."""
    near = [
        start
        for start, end in spells(history)
        if start["on"] <= days_after(day, 30) and (end is None or day < end)
    ]
    has_category = any(set(start["data"]["categories"]) - {"other"} for start in near)
    groups = set((block_on(history, day) or {"groups": []})["groups"])
    return has_category and bool(groups - {"local"})


def jobs(history: list[Fact]) -> list[list[Fact]]:
    """The jobs of a person, each as its reports: within 14 days of the first, in one council."""
    found: list[list[Fact]] = []
    for placement in of_type(history, "matching.placement.made"):
        same = [
            job
            for job in found
            if job[0]["town"] == placement["town"]
            and placement["on"] <= days_after(job[0]["on"], 14)
        ]
        if same:
            same[0].append(placement)
        else:
            found.append([placement])
    return found


def refers_to(reference: Fact, job: list[Fact]) -> bool:
    """Whether an ending or a confirmation refers to any report of the job."""
    source = reference["data"].get("placement_source", reference["source"])
    named = (source, reference["data"]["placement"])
    return any((report["source"], report["factid"]) == named for report in job)


def mi_13_placed(history: list[Fact]) -> Iterator[Entry]:
    """Every placement, and every durable one."""
    for fact in of_type(history, "matching.placement.made"):
        yield entry("MI-13.placed", history, fact)
        if fact["data"]["kind"] in DURABLE:
            yield entry("MI-13.durable", history, fact)


def mi_13_cohort(history: list[Fact]) -> Iterator[Entry]:
    """Every job on its 180th day: due, and retained or not ended and unconfirmed."""
    for job in jobs(history):
        due = days_after(job[0]["on"], 180)
        yield entry("MI-13.due", history, job[0], on=due)
        if not is_ended(history, job, due):
            measure = "retained" if is_confirmed(history, job) else "unconfirmed"
            yield entry(f"MI-13.{measure}", history, job[0], on=due)


def is_ended(history: list[Fact], job: list[Fact], due: date) -> bool:
    """Whether an ending of the job is recorded on or before the due day."""
    endings = of_type(history, "matching.placement.ended")
    return any(
        refers_to(ending, [report]) and report["on"] <= ending["on"] <= due
        for ending in endings
        for report in job
    )


def is_confirmed(history: list[Fact], job: list[Fact]) -> bool:
    """Whether others than the person confirm the job, 150 to 270 days after its start."""
    first, last = days_after(job[0]["on"], 150), days_after(job[0]["on"], 270)
    return any(
        refers_to(confirmation, job)
        and first <= confirmation["on"] <= last
        and confirmation["data"]["evidence"] != "self"
        for confirmation in of_type(history, "matching.employment.confirmed")
    )


# --- programme indicators ------------------------------------------------------------------------


def is_covered(fact: Fact) -> bool:
    """The list of PI-01."""
    data = fact["data"]
    if fact["type"] == "matching.jobseeker.registered":
        return "helped_by" in data
    if fact["type"] == "matching.placement.made":
        return data["channel"] in ("mediation", "practice", "programme")
    if fact["type"] == "matching.business.started":
        return bool(data["grant"])
    return fact["type"] in (
        "registration.service.delivered",
        "registration.needs.assessed",
        "registration.referral.made",
        "training.course.enrolled",
        "training.course.completed",
        "training.practice.started",
        "training.school.reenrolled",
    )


def took_part(fact: Fact) -> bool:
    """The list of PI-02."""
    if fact["type"] == "registration.service.delivered":
        return fact["data"]["service"] in ("job_search_support", "motivation_workshop")
    return fact["type"] in ("training.course.enrolled", "training.practice.started")


def completed_vocational(fact: Fact) -> bool:
    """PI-03."""
    if fact["type"] != "training.course.completed":
        return False
    return bool(fact["data"]["kind"] == "vocational")


def completed_elementary(fact: Fact) -> bool:
    """PI-04."""
    data = fact["data"]
    if fact["type"] != "training.course.completed" or data["kind"] != "elementary":
        return False
    return data["cycle"] == 3 and data["exam"] is True


def back_in_school(fact: Fact) -> bool:
    """PI-05."""
    return bool(fact["type"] == "training.school.reenrolled")


def started_business(fact: Fact) -> bool:
    """PI-06."""
    return bool(fact["type"] == "matching.business.started")


def placed(fact: Fact, field: str, value: str) -> bool:
    """A placement with this value (in this list) of a field."""
    if fact["type"] != "matching.placement.made":
        return False
    actual = fact["data"][field]
    return value in actual if isinstance(actual, list) else actual == value


def helped_to_register(fact: Fact) -> bool:
    """PI-08."""
    return fact["type"] == "matching.jobseeker.registered" and "helped_by" in fact["data"]


PROGRAMME_RULES: dict[str, Callable[[Fact], bool]] = {
    "PI-01": is_covered,
    "PI-02": took_part,
    "PI-03": completed_vocational,
    "PI-04": completed_elementary,
    "PI-05": back_in_school,
    "PI-06": started_business,
    "PI-07": lambda fact: placed(fact, "channel", "mediation"),
    "PI-08": helped_to_register,
    "PI-09": lambda fact: placed(fact, "kind", "public_works"),
    "PI-10": lambda fact: placed(fact, "after", "practice"),
}


def pi_01_to_10(history: list[Fact]) -> Iterator[Entry]:
    """Every fact that a programme indicator counts, `consented` where it has that measure."""
    for indicator, counts in PROGRAMME_RULES.items():
        for fact in history:
            if counts(fact):
                yield entry(f"{indicator}.persons", history, fact)
                if f"{indicator}.consented" in MEASURES:
                    yield entry(f"{indicator}.consented", history, fact)


def consents(facts: list[Fact]) -> bool:
    """Whether the newest consent for statistics is granted; on one day withdrawal beats grant."""
    consents_by_day = [
        (fact["on"], fact["type"] == "registration.consent.withdrawn")
        for fact in facts
        if fact["type"].startswith("registration.consent.")
        and fact["data"]["purpose"] == "statistics"
    ]
    return bool(consents_by_day) and not max(consents_by_day)[1]


def pi_14(history: list[Fact]) -> Iterator[Entry]:
    """Days from the first block to the first service, and to the first job."""
    first = next(iter(blocks(history)), None)
    if first is None:
        return
    since = [fact for fact in history if fact["on"] >= first["on"]]
    service = next((fact for fact in since if is_covered(fact)), None)
    job = next(iter(of_type(since, "matching.placement.made")), None)
    for measure, fact in (("PI-14.first_service", service), ("PI-14.first_job", job)):
        if fact is not None:
            yield entry(measure, history, fact, amount=(fact["on"] - first["on"]).days)


RULES: tuple[Callable[[list[Fact]], Iterator[Entry]], ...] = (
    mi_01_jobseekers,
    mi_01_positions,
    mi_01_notified,
    mi_02,
    mi_03,
    mi_04,
    mi_05,
    mi_06,
    mi_07,
    mi_09_known,
    mi_09_active,
    mi_10,
    mi_11,
    mi_12,
    mi_13_placed,
    mi_13_cohort,
    pi_01_to_10,
    pi_14,
)
