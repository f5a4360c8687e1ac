"""Settings of a service: environment variables, and files for secrets."""

import difflib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.process.errors import UsageError
from schemas import declared_codes
from schemas.declared_codes import DeclaredCodes

Port = Annotated[int, Field(ge=1, le=65535)]
S = TypeVar("S", bound="ServiceSettings")


def _work_dir() -> Path:
    return Path(tempfile.gettempdir()) / f"lmc-{os.getuid()}"


class ServiceSettings(BaseSettings):
    """The settings all services share; a service subclasses it with its `env_prefix` and defaults.

    Field `port` of service matching is read from `LMC_MATCHING_PORT`. A field that ends in `_file`
    names a file that holds a secret, so that no secret is in an environment variable.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True)

    NO_SECRETS: ClassVar[frozenset[str]] = frozenset()
    """Fields that end in `_file` but name no secret: a file that the service writes, or a list."""

    host: str = "127.0.0.1"
    port: Port
    kafka: str = "127.0.0.1:9092"
    kafka_replication: Annotated[int, Field(ge=1, le=9)] = 1
    postgres_host: str = "127.0.0.1"
    postgres_port: Port = 5433
    postgres_database: str = "lmc"
    postgres_role: str
    postgres_password_file: Path
    operator_key_file: Path | None = None
    steward_token_file: Path | None = None
    quarantine_key_file: Path | None = None
    catalogue: Path | None = None
    work_dir: Path = Field(default_factory=_work_dir)
    instance: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")] = "1"
    log_level: Annotated[str, Field(pattern=r"^(debug|info|warning|error)$")] = "info"


def read_settings(settings: type[S]) -> S:
    """Return the settings of this process; UsageError names every bad variable in one line."""
    prefix = settings.model_config.get("env_prefix", "")
    _refuse_unknown(settings, prefix, os.environ)
    try:
        read = settings()
    except ValidationError as error:
        raise UsageError(_one_line(error, prefix)) from None
    for name in settings.model_fields:
        is_secret = name.endswith("_file") and name not in settings.NO_SECRETS
        if is_secret and getattr(read, name) is not None:
            read_secret(getattr(read, name))
    return read


def read_declared_codes(catalogue: Path | None) -> DeclaredCodes:
    """Return the shipped codes and the installation's own; UsageError if those are invalid."""
    if catalogue is None:
        return declared_codes.shipped()
    try:
        return declared_codes.merged(declared_codes.shipped(), declared_codes.read(catalogue))
    except OSError as error:
        raise UsageError(f"cannot read the catalogue {catalogue}: {error.strerror}.") from None
    except declared_codes.DeclarationError as error:
        raise UsageError(str(error)) from None


def read_secret(path: Path) -> str:
    """Return the secret in a file, without surrounding white space; UsageError if there is none."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read the secret file {path}: {reason}") from None
    if not secret:
        raise UsageError(f"the secret file {path} is empty")
    return secret


def _one_line(error: ValidationError, prefix: str) -> str:
    problems = (
        f"{prefix}{'_'.join(str(part) for part in each['loc']).upper()}: {each['msg']}"
        for each in error.errors(include_input=False, include_url=False)
    )
    return "; ".join(problems)


def _refuse_unknown(
    settings: type[ServiceSettings], prefix: str, environment: Mapping[str, str]
) -> None:
    """Refuse misspelt variables, which would silently leave a default in force."""
    known = {f"{prefix}{name}".upper() for name in settings.model_fields}
    for name in environment:
        if prefix and name.upper().startswith(prefix.upper()) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), sorted(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"{name} is no setting{hint}")
