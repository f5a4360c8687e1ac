"""The settings of reporting, from environment variables."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.process.settings import Port, ServiceSettings


class ReportingSettings(ServiceSettings):
    """Environment variables `LMC_REPORTING_…`; only the password file has no default."""

    model_config = SettingsConfigDict(
        env_prefix="LMC_REPORTING_", frozen=True, extra="forbid", env_ignore_empty=True
    )
    NO_SECRETS: ClassVar = frozenset({"reporters_file"})

    port: Port = 8104
    postgres_role: str = "lmc_reporting"
    postgres_password_file: Path
    approver_token_file: Path | None = None
    """The token of the second person, who approves what the steward has prepared."""
    publish_ms: Annotated[int, Field(ge=50, le=10_000)] = 400
    """Milliseconds for which changes of a municipality are collected before publication."""
    verify_sample_s: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Seconds from one run to the next sample: a wrong number must not last for an afternoon."""
    verify_recheck_s: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds between rechecks of open discrepancies: repaired numbers reappear so soon."""
    reporters_file: Path | None = None
    """Who should report: a list like `schemas/data/reporters.csv`, in addition to it."""
