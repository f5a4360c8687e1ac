"""Registration's settings, from environment variables."""

from pathlib import Path
from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from runtime.process.settings import Port, ServiceSettings


class RegistrationSettings(ServiceSettings):
    """Environment variables `LMC_REGISTRATION_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_REGISTRATION_", frozen=True, extra="forbid", env_ignore_empty=True
    )

    NO_SECRETS: ClassVar = frozenset({"erasures_file"})

    port: Port = 8101
    postgres_role: str = "lmc_registration"
    postgres_password_file: Path
    erasures_file: Path | None = None
    """Erasures, outside the database, so that restoring its backup loses none."""
