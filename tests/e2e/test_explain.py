"""`lmc explain` leads from a number to its facts, with the steward's key only."""

import json

import pytest

from tests.e2e.town import Asked, Town

pytestmark = pytest.mark.timeout(900)

ASKED = ["MI-13", "--place", "RS", "--period", "2023"]
QUESTION = Asked("MI-13", "RS", "2023", "total")


@pytest.mark.usefixtures("told")
def test_lmc_explain_prints_the_number_and_as_many_entries_as_it_has(town: Town) -> None:
    done = town.run("explain", *ASKED, "--measure", "due")
    explained = json.loads(done.stdout)
    counted = json.loads(town.value(QUESTION, "--measure", "due")[1])
    items = explained["entries"]["items"]

    assert done.returncode == 0
    assert explained["values"] == counted["values"]
    # Every erased person is called by the same words.
    people = {item["subject"] for item in items}
    assert 0 < len(people) <= counted["values"][0]["value"] <= explained["entries"]["in_all"]
    assert len(items) == explained["entries"]["in_all"]
    assert all(fact["link"].startswith("/facts?source=") for e in items for fact in e["facts"])


@pytest.mark.usefixtures("told")
def test_lmc_explain_says_why_a_number_has_changed(town: Town) -> None:
    done = town.run("explain", *ASKED, "--measure", "placed", "--since", "2000-01-01T00:00:00Z")
    (number,) = json.loads(done.stdout)["change"]["numbers"]
    net = sum(row["net"] for row in number["reasons"])

    assert done.returncode == 0
    assert number["before"]["value"] + net == number["after"]["value"] > 0


@pytest.mark.usefixtures("told")
def test_without_the_stewards_key_lmc_explain_shows_what_is_published_and_ends_with_1(
    town: Town,
) -> None:
    key = town.up.stack.steward_token_file
    away = key.rename(key.with_suffix(".away"))
    try:
        done = town.run("explain", *ASKED)
        since = town.run("explain", *ASKED, "--since", "2023-06-30T22:00:00Z")
    finally:
        away.rename(key)
    explained = json.loads(done.stdout)

    assert (done.returncode, since.returncode) == (1, 1)
    assert explained["layer"] == "published"
    assert "entries" not in explained
    assert {part["code"] for part in explained["parts"]} == {"E1506"}
