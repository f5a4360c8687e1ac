"""Messages with personal data are refused, and no refusal repeats the data."""

import json
from dataclasses import astuple
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.validation import personal_data
from schemas.validation.decode import decode_event
from schemas.validation.problems import Refusal
from tests.unit.schemas.builders import JMBG, event, problem_of, refused, validated

OBSERVED = "reference.observation.loaded.v1"
UUID7 = "06123456-7b1a-7c3e-9d2f-061234567890"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def with_check_digit(digits: str) -> str:
    """Twelve digits and their check digit."""
    weights = (7, 6, 5, 4, 3, 2) * 2
    remainder = 11 - sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11
    return digits + str(0 if remainder > 9 else remainder)


def jmbg_of(day: date, rest: int) -> str:
    """A valid personal number."""
    return with_check_digit(f"{day:%d%m}{day.year % 1000:03}{rest:05}")


REGIONS = (1, 13, 29, 33, 45, 50, 71, 73, 79, 80, 89, 91, 96)
ENDS = st.integers(0, 999)
jmbgs = st.builds(
    jmbg_of,
    st.dates(date(1880, 1, 1), date(2023, 7, 31)),
    st.builds(lambda region, rest: region * 1000 + rest, st.sampled_from(REGIONS), ENDS),
)


@given(jmbgs)
def test_every_valid_personal_number_is_recognised(jmbg: str) -> None:
    assert personal_data.is_jmbg(jmbg)


@given(jmbgs, st.integers(1, 9))
def test_a_wrong_check_digit_makes_no_personal_number(jmbg: str, step: int) -> None:
    other = jmbg[:-1] + str((int(jmbg[-1]) + step) % 10)

    assert not personal_data.is_jmbg(other)


@given(
    st.sampled_from(["0000990", "3102990", "3113990", "2902990", "0101500", "3204000"]),
    st.integers(0, 99_999),
)
def test_an_impossible_date_makes_no_personal_number(day: str, rest: int) -> None:
    assert not personal_data.is_jmbg(with_check_digit(f"{day}{rest:05}"))


@given(jmbgs, st.sampled_from(["", "a", "id-", "ž", ":"]), st.sampled_from(["", "b", "-", "_x"]))
def test_a_personal_number_is_found_anywhere_in_a_text(jmbg: str, before: str, after: str) -> None:
    assert personal_data.problem_code_in(before + jmbg + after) == "E1201"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ana@example.rs", "E1202"),
        ("pišite на ана@пример.срб данас", "E1202"),
        ("0601234567", "E1203"),
        ("+385911234567", "E1203"),
        ("381641234567", "E1203"),
        ("00381641234567", "E1203"),
        ("064/123-45-67", "E1203"),
        ("064 123 4567", "E1203"),
        ("(011) 2345-678", "E1203"),
        ("+381 (0) 64 123 4567", "E1203"),
        ("0\u00a064\u2011123\u20114567".replace("0\u00a0", "0"), "E1203"),
        ("ana @ example.rs", "E1202"),
        ("ana\uff20example.rs", "E1202"),
        ("+381601234567", "E1203"),
        ("call:+38160123456", "E1203"),
        ("tel-0641234567", "E1203"),
        ("tel_0641234567", "E1203"),
    ],
)
def test_an_address_or_a_number_is_found(text: str, code: str) -> None:
    assert personal_data.problem_code_in(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "0612345",
        "0612345678901",
        "x0641234567",
        "10641234567",
        "06012345",
        "061234567890",
        "05032023-15",
        "06032023-sewing",
        "011-1234/2023",
        "2012-01-05-12345",
        "20120105-12345",
        "a@b",
        "@",
        "20230302123456",
        UUID7,
        UUID7.replace("-", ""),
        f"placement:{UUID7}",
        ULID,
        "06123456789ABCDEFGHJKMNPQR",
        "z6-06123456789abcdefghjkmnpqr",
        "p-0612345678abcdefghjkmnpqrs",
        "pl:v-0612345678abcdefghjkmnpqrs",
    ],
)
def test_texts_that_identify_nobody_are_accepted(text: str) -> None:
    assert personal_data.problem_code_in(text) is None


def test_a_longer_run_of_digits_is_no_personal_number() -> None:
    assert personal_data.problem_code_in(f"1{JMBG}") is None
    assert personal_data.problem_code_in(f"{JMBG}7") is None


def test_a_personal_number_is_found_anywhere_in_a_code_of_26_characters() -> None:
    assert personal_data.problem_code_in(f"p-12{JMBG}{11 * 'a'}") == "E1201"


@pytest.mark.parametrize("form", ["0101990-710024", "01.01.990.71.0024", "010199071 0024"])
def test_a_personal_number_is_found_through_separators(form: str) -> None:
    assert personal_data.problem_code_in(f"x{form}y") == "E1201"


def test_a_day_of_birth_to_come_makes_no_personal_number() -> None:
    born_in_2030 = jmbg_of(date(2030, 5, 5), 71_002)

    assert personal_data.problem_code_in(born_in_2030, today=date(2023, 7, 31)) is None
    assert personal_data.problem_code_in(born_in_2030, today=date(2031, 7, 31)) == "E1201"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"traceparent": f"00-{JMBG}a{18 * '0'}-{16 * '0'}-01"}, "$.traceparent"),
        ({"id": f"x{JMBG}"}, "$.id"),
        ({"factid": JMBG}, "$.factid"),
        ({"source": f"/partners/{JMBG}"}, "$.source"),
        ({"correlationid": "0641234567"}, "$.correlationid"),
        ({"causationid": "0641234567"}, "$.causationid"),
        ({"subject": f"p-{JMBG}"}, "$.subject"),
        ({"type": f"a.b.c{JMBG}.v1"}, "$.type"),
        ({"note": "ana@example.rs"}, "$.note"),
        ({JMBG: 1}, "$"),
        ({JMBG: {"deep": 1}}, "$"),
    ],
)
def test_the_entire_envelope_is_searched(change: dict[str, object], path: str) -> None:
    code, where = refused(event() | change)

    assert (code[:3], where) == ("E12", path)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"municipality": JMBG}, "$.data.municipality"),
        ({"kind": f"kind {JMBG}"}, "$.data.kind"),
        ({"programmes": ["M4SD", "0641234567"]}, "$.data.programmes[1]"),
        ({"note": {"deep": [{"deeper": JMBG}]}}, "$.data.note.deep[0].deeper"),
        ({"jmbg": int(JMBG)}, "$.data.jmbg"),
        ({"jmbg": float(JMBG)}, "$.data.jmbg"),
        ({"ana@example.rs": 1}, "$.data"),
        ({"value": "0612345678"}, "$.data.value"),
    ],
)
def test_all_data_are_searched_known_field_or_not(change: dict[str, object], path: str) -> None:
    code, where = refused(event(data=change))

    assert (code[:3], where) == ("E12", path)


def test_a_decimal_may_look_like_a_phone_number() -> None:
    assert validated(event(OBSERVED, {"value": "061234567", "base": "0612345678"})).data is not None


def test_a_fraction_of_a_second_may_look_like_a_phone_number() -> None:
    assert validated(event(time="2023-03-02T09:00:00.061234567Z")).id == "e-28"


def test_a_malformed_message_with_personal_data_is_refused_for_these() -> None:
    """Otherwise its bytes would be kept."""
    assert refused(f'{{"jmbg": "{JMBG}"'.encode()) == ("E1201", "$")
    assert refused(f'["{JMBG}"]'.encode()) == ("E1201", "$[0]")
    assert refused(b'"ana@example.rs"' + b" " * 65536) == ("E1202", "$")
    assert refused(event(priority="high", note=JMBG)) == ("E1201", "$.note")


def test_decoding_refuses_an_invalid_message_for_its_personal_data() -> None:
    message = json.dumps(event(data={"municipality": JMBG})).encode()

    with pytest.raises(Refusal, match="E1201"):
        decode_event(message)
    with pytest.raises(Refusal, match="E1201"):
        decode_event(message[:-1])


PLACES = st.sampled_from(
    ["id", "source", "subject", "type", "kind", "municipality", "note", "name"]
)
secrets = st.one_of(
    jmbgs,
    st.builds("06{:08}".format, st.integers(0, 99_999_999)),
    st.builds("+3816{:08}".format, st.integers(0, 99_999_999)),
    st.from_regex(r"[a-z]{3,9}@[a-z]{3,9}\.rs", fullmatch=True),
)


@given(secrets, PLACES)
def test_a_refusal_never_repeats_personal_data(secret: str, place: str) -> None:
    envelope = {place: secret} if place in {"id", "source", "subject", "type"} else {}
    data = {secret: 1} if place == "name" else {} if envelope else {place: secret}

    problem = problem_of(event(data=data) | envelope)

    assert problem.is_personal_data
    assert not any(secret in text for text in astuple(problem))
    assert secret not in str(Refusal(problem))


@given(st.dates(date(2000, 1, 1), date(2023, 7, 31)), st.integers(0, 99_999))
def test_ids_of_days_and_serial_numbers_are_accepted(day: date, number: int) -> None:
    assert personal_data.problem_code_in(f"pl-{day}-{number}") is None
