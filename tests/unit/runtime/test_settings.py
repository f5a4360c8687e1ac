"""Settings come from the environment; what is wrong with them is one line."""

from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from runtime.process.errors import UsageError
from runtime.process.settings import ServiceSettings, read_secret, read_settings


class Matching(ServiceSettings):
    """Settings like a service's own."""

    model_config = SettingsConfigDict(env_prefix="LMC_MATCHING_")

    port: int = 8103
    postgres_role: str = "lmc_matching"
    proposals: int = 5


@pytest.fixture
def password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the database's password, named in the environment."""
    path = tmp_path / "password"
    path.write_text("s3cret\n")
    monkeypatch.setenv("LMC_MATCHING_POSTGRES_PASSWORD_FILE", str(path))
    return path


@pytest.mark.usefixtures("password")
def test_a_variable_beats_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_MATCHING_PORT", "9103")
    settings = read_settings(Matching)

    assert (settings.port, settings.proposals, settings.host) == (9103, 5, "127.0.0.1")


@pytest.mark.usefixtures("password")
def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMC_MATCHING_PORT", "")

    assert read_settings(Matching).port == 8103


@pytest.mark.usefixtures("password")
def test_every_bad_variable_is_named_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LMC_MATCHING_PORT", "http")
    monkeypatch.setenv("LMC_MATCHING_LOG_LEVEL", "loud")
    with pytest.raises(UsageError) as error:
        read_settings(Matching)
    line = str(error.value)

    assert "LMC_MATCHING_PORT" in line
    assert "LMC_MATCHING_LOG_LEVEL" in line
    assert "\n" not in line
    assert "http" not in line


@pytest.mark.usefixtures("password")
def test_a_misspelt_variable_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LMC_MATCHING_PROT", "9103")

    with pytest.raises(UsageError, match=r"LMC_MATCHING_PROT.*did you mean LMC_MATCHING_PORT"):
        read_settings(Matching)


def test_a_setting_that_is_needed_and_absent_is_named() -> None:
    with pytest.raises(UsageError, match="LMC_MATCHING_POSTGRES_PASSWORD_FILE"):
        read_settings(Matching)


def test_a_secret_file_that_cannot_be_read_is_named(password: Path) -> None:
    password.unlink()

    with pytest.raises(UsageError, match=f"cannot read the secret file {password}"):
        read_settings(Matching)


def test_an_empty_secret_file_is_refused(password: Path) -> None:
    password.write_text("\n")

    with pytest.raises(UsageError, match="is empty"):
        read_settings(Matching)


def test_a_secret_is_read_without_the_line_end(password: Path) -> None:
    assert read_secret(password) == "s3cret"
