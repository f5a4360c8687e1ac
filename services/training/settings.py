"""Training's settings, from environment variables."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from runtime.process.settings import Port, ServiceSettings


class TrainingSettings(ServiceSettings):
    """Environment variables `LMC_TRAINING_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_TRAINING_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    port: Port = 8102
    postgres_role: str = "lmc_training"
    postgres_password_file: Path
