"""What training is told from outside."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime.settings import Port, ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `LMC_TRAINING_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_TRAINING_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    port: Port = 8102
    postgres_role: str = "lmc_training"
    postgres_password_file: Path
