"""A person on a day: attributes, residence, and the buckets of the splits."""

from datetime import date

from tests.reference.data_files import council
from tests.reference.history import BLOCKS
from tests.reference.shapes import Block, Fact

RETURNEE_GROUPS = {"returnee_readmission", "returnee_other"}
MIGRANT_GROUPS = {"asylum_seeker", "protected", "migrant_no_status", "labour_migrant"}
AGES = [(14, "0-14"), (19, "15-19"), (24, "20-24"), (29, "25-29"), (49, "30-49"), (64, "50-64")]
PERSONAL = ("sex", "age", "youth", "returnee", "group", "qualification")


def blocks(history: list[Fact]) -> list[Fact]:
    """Return the facts that contain a person block, in the order of facts."""
    return [fact for fact in history if fact["type"] in BLOCKS]


def block_on(history: list[Fact], day: date) -> Block | None:
    """Return the latest person block on or before the day, or else the first one, or none."""
    all_blocks = blocks(history)
    until_then = [block for block in all_blocks if block["on"] <= day]
    if until_then:
        latest: Block = until_then[-1]["data"]
        return latest
    return all_blocks[0]["data"] if all_blocks else None


def residence_on(history: list[Fact], day: date) -> str | None:
    """Return the latest residence on or before the day, or else the first of a block, or none."""
    stated = [
        (fact["on"], fact["data"]["residence"])
        for fact in history
        if fact["type"] in (*BLOCKS, "registration.person.moved") and "residence" in fact["data"]
    ]
    until_then = [residence for on, residence in stated if on <= day]
    if until_then:
        return council(until_then[-1])
    of_blocks = [
        fact["data"]["residence"]
        for fact in history
        if fact["type"] in BLOCKS and "residence" in fact["data"]
    ]
    return council(of_blocks[0]) if of_blocks else None


def home(history: list[Fact], fact: Fact) -> str:
    """Return the person's residence on the day of the fact, else the fact's town."""
    return residence_on(history, fact["on"]) or fact["town"]


def years_old(block: Block, day: date) -> int | None:
    """Return the age in completed years on the day, None if that would be negative."""
    years: int = day.year - block["birth_year"]
    if "birth_month" in block and day.month < block["birth_month"]:
        years -= 1
    return years if years >= 0 else None


def age(block: Block, day: date) -> str:
    """Return the age class on the day."""
    years = years_old(block, day)
    if years is None:
        return "unknown"
    return next((name for last, name in AGES if years <= last), "65+")


def youth(block: Block, day: date) -> str:
    """Whether the person is 16 to 30 years old on the day."""
    years = years_old(block, day)
    if years is None:
        return "unknown"
    return "yes" if 16 <= years <= 30 else "no"


def qualification(block: Block) -> str:
    """Return the class of a level of the national framework."""
    level = block["qualification"]
    classes = {"none": "low", "1": "low", "2": "low", "3": "middle", "4": "middle", "5": "middle"}
    return "not_stated" if level == "not_stated" else classes.get(level, "high")


def personal_buckets(history: list[Fact], day: date, split: str) -> list[str]:
    """Return the buckets of one dimension of the person on the day."""
    block = block_on(history, day)
    if block is None:
        return ["unknown"]
    if split == "group":
        return block["groups"] or ["none_stated"]
    returnee = RETURNEE_GROUPS & set(block["groups"])
    found = {
        "sex": block["sex"],
        "age": age(block, day),
        "youth": youth(block, day),
        "returnee": "yes" if returnee else "no",
        "qualification": qualification(block),
    }
    return [found[split]]
