"""Intake's settings."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime.process.settings import Port, ServiceSettings


class IntakeSettings(ServiceSettings):
    """Environment variables `LMC_INTAKE_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_INTAKE_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    port: Port = 8100
    postgres_role: str = "lmc_intake"
    postgres_password_file: Path
