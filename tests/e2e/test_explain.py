"""Tests of `lmc explain`: from a number to its facts, with the steward's token only."""

import json

import pytest

from tests.e2e.live_stack import LiveStack, ValuesRequest

pytestmark = pytest.mark.timeout(900)

COMMAND = ["MI-13", "--place", "RS", "--period", "2023"]
REQUEST = ValuesRequest("MI-13", "RS", "2023", "total")


@pytest.mark.usefixtures("emitted_logs")
def test_explain_prints_the_number_and_its_entries(live: LiveStack) -> None:
    done = live.run("explain", *COMMAND, "--measure", "due")
    explained = json.loads(done.stdout)
    counted = json.loads(live.value(REQUEST, "--measure", "due")[1])
    items = explained["entries"]["items"]

    assert done.returncode == 0
    assert explained["values"] == counted["values"]
    # Every erased person has the same name.
    people = {item["subject"] for item in items}
    assert 0 < len(people) <= counted["values"][0]["value"] <= explained["entries"]["total_count"]
    assert len(items) == explained["entries"]["total_count"]
    assert all(fact["link"].startswith("/facts?source=") for e in items for fact in e["facts"])


@pytest.mark.usefixtures("emitted_logs")
def test_explain_gives_the_reasons_of_a_change(live: LiveStack) -> None:
    done = live.run("explain", *COMMAND, "--measure", "placed", "--since", "2000-01-01T00:00:00Z")
    (number,) = json.loads(done.stdout)["change"]["numbers"]
    net = sum(row["net"] for row in number["reasons"])

    assert done.returncode == 0
    assert number["before"]["value"] + net == number["after"]["value"] > 0


@pytest.mark.usefixtures("emitted_logs")
def test_without_the_stewards_token_explain_shows_the_published_layer_and_ends_with_1(
    live: LiveStack,
) -> None:
    token = live.up.stack.steward_token_file
    hidden = token.rename(token.with_suffix(".hidden"))
    try:
        done = live.run("explain", *COMMAND)
        since = live.run("explain", *COMMAND, "--since", "2023-06-30T22:00:00Z")
    finally:
        hidden.rename(token)
    explained = json.loads(done.stdout)

    assert (done.returncode, since.returncode) == (1, 1)
    assert explained["layer"] == "published"
    assert "entries" not in explained
    assert {part["code"] for part in explained["parts"]} == {"E1506"}
