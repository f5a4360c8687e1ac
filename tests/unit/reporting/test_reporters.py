"""The list of reporters is read strictly: errors name the line and the remedy."""

from datetime import date
from pathlib import Path

import pytest

from schemas import declared_codes
from schemas.declared_codes import DeclarationError
from services.reporting.completeness.reporters import Reporter, Reporters, load_reporters

HEADER = "organisation,domain,municipality,from\n"
NES = "o-nes,matching,70998,2023-01-01\n"
KNOWN = frozenset(declared_codes.shipped().organisations)


def read(folder: Path, text: str) -> Reporters:
    path = folder / "reporters.csv"
    path.write_text(text, encoding="utf-8")
    return load_reporters(path, KNOWN)


def test_the_shipped_list_is_empty() -> None:
    assert load_reporters(None, KNOWN) == ()


def test_a_list_without_rows_is_valid(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER) == ()


def test_an_installation_lists_its_reporters(tmp_path: Path) -> None:
    random_code = f"o-{'0' * 26}"
    found = read(tmp_path, f"\ufeff{HEADER}{NES}{random_code},training,79022,2024-02-29\n")

    assert found == (
        Reporter(random_code, "training", "79022", date(2024, 2, 29)),
        Reporter("o-nes", "matching", "70998", date(2023, 1, 1)),
    )


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "organisation,domain\n",
            ("line 1: the column municipality, from is missing.", "The columns are"),
        ),
        ("", ("line 1: the column organisation, domain, municipality, from is missing",)),
        (
            HEADER + "o-nes,matching,70998\n",
            ("line 2, column from: (empty) is no day", "2023-03-02"),
        ),
        (HEADER + NES.strip() + ",x\n", ("line 2: the row has 5 cells",)),
        (
            HEADER + "o-ness,matching,70998,2023-01-01\n",
            (
                "line 2, column organisation: o-ness is no declared organisation.",
                "Nearest: o-nes",
                "Declare it",
            ),
        ),
        (
            HEADER + f"p-{'0' * 26},matching,70998,2023-01-01\n",
            ("is no declared organisation.",),
        ),
        (HEADER + "o-nes,jobs,70998,2023-01-01\n", ("jobs is no domain.", "registration, tr")),
        (HEADER + "o-nes,reporting,70998,2023-01-01\n", ("reporting is no domain.",)),
        (
            HEADER + NES + "o-nes,matching,70999,2023-01-01\n",
            (
                "line 3, column municipality: 70999 is no municipality.",
                "Nearest: 70998 Prokuplje",
                "municipality list",
            ),
        ),
        (HEADER + "o-nes,matching,80284,2023-01-01\n", ("counts for Novi Sad. Write 89010.",)),
        (HEADER + "o-nes,matching,71331,2023-01-01\n", ("Write 79022.",)),
        (HEADER + "o-nes,matching,RS,2023-01-01\n", ("RS is no municipality.",)),
        (HEADER + "o-nes,matching,70998,2023-02-30\n", ("2023-02-30 is no day", "2023-03-02")),
        (HEADER + "o-nes,matching,70998,20230101\n", ("20230101 is no day",)),
        (HEADER + NES + NES, ("line 3: o-nes matching 70998 is there twice.", "Remove one")),
    ],
)
def test_an_error_names_its_line_and_the_remedy(
    tmp_path: Path, text: str, sentences: tuple[str, ...]
) -> None:
    with pytest.raises(DeclarationError) as raised:
        read(tmp_path, text)

    for sentence in sentences:
        assert sentence in str(raised.value)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reporters.xlsx"
    path.write_bytes(b"PK\x03\x04\x14")

    with pytest.raises(DeclarationError, match="Save the sheet as CSV"):
        load_reporters(path, KNOWN)
