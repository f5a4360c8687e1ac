"""What reporting is told from outside."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import Port, ServiceSettings


class Settings(ServiceSettings):
    """Environment variables `LMC_REPORTING_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_REPORTING_", frozen=True, extra="forbid", env_ignore_empty=True
    )
    NO_SECRETS: ClassVar = frozenset({"reporters_file"})

    port: Port = 8104
    postgres_role: str = "lmc_reporting"
    postgres_password_file: Path
    approver_token_file: Path | None = None
    """The key of the second person, who approves what the steward has prepared."""
    publish_ms: Annotated[int, Field(ge=50, le=10_000)] = 400
    """How long changes of a municipality are gathered before they are published."""
    verify_sample_s: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Seconds from one proof to the next sample: a wrong number must not stand for an afternoon."""
    verify_again_s: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds until what differs is looked at again: what was mended is shown again so soon."""
    reporters_file: Path | None = None
    """Who should report, a list as `schemas/data/reporters.csv`, beside that."""
