"""Matching's settings, from environment variables."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime.process.settings import Port, ServiceSettings


class MatchingSettings(ServiceSettings):
    """Environment variables `LMC_MATCHING_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_MATCHING_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    port: Port = 8103
    postgres_role: str = "lmc_matching"
    postgres_password_file: Path
