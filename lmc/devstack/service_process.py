"""The five services as child processes: command line, environment and readiness."""

import http.client
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pydantic

from lmc.devstack.child_process import LaunchSpec, PidFileProcess
from lmc.devstack.ports import HOST, require_free
from lmc.devstack.provisioning import DATABASE, password_file
from lmc.devstack.stack import Service, Stack

_ROOT = Path(__file__).parents[2]
_HEALTH_TIMEOUT_S = 1.0
_STOP_S = 20
"""Faust leaves its consumer group in 2 s; a batch in progress is finished."""
_EXACT_LAYER_SERVICES: frozenset[Service] = frozenset({"reporting"})
"""The services that accept the steward's and the approver's tokens."""
_DEFINITIONS_CHECK = "definitions"
"""The health check that fails while reporting needs a rebuild, which needs the stack to run."""


class ServiceProcess:
    """One of the five services as a child process."""

    def __init__(self, service: Service, stack: Stack, database: str = DATABASE) -> None:
        self._service = service
        self._stack = stack
        self._database = database
        self.name: str = service
        self.output = stack.data_dir.log_file(service)
        self.process = PidFileProcess(stack.data_dir.pids / service, signal.SIGTERM, _STOP_S)

    def launch(self) -> None:
        """Start it; if we die it is killed at once, which it survives without loss."""
        self.process.stop_orphan()
        require_free(self._stack.port(self._service))
        settings = service_environment(self._service, self._stack, self._database)
        command = [sys.executable, "-m", f"services.{self._service}"]
        env = {**os.environ, **settings}
        (self._stack.data_dir.work / self._service).mkdir(parents=True, exist_ok=True)
        self.process.launch(LaunchSpec(command, self.output, signal.SIGKILL, env=env, cwd=_ROOT))

    def is_ready(self) -> bool:
        """Return whether every health check passes, but for the one that needs a rebuild."""
        failures = self._failed_checks()
        return failures is not None and not (failures.keys() - {_DEFINITIONS_CHECK})

    def blocked_reason(self) -> str | None:
        """Return why a running service folds nothing: its tables follow other definitions."""
        return (self._failed_checks() or {}).get(_DEFINITIONS_CHECK)

    def _failed_checks(self) -> Mapping[str, str] | None:
        """Return the reasons of failed health checks by check; None if there is no answer."""
        connection = http.client.HTTPConnection(
            HOST, self._stack.port(self._service), timeout=_HEALTH_TIMEOUT_S
        )
        try:
            connection.request("GET", "/health/ready")
            checks = _Readiness.model_validate_json(connection.getresponse().read()).checks
        except (OSError, http.client.HTTPException, pydantic.ValidationError):
            return None
        finally:
            connection.close()
        return {name: reason for name, reason in checks.items() if reason is not None}


class _Readiness(pydantic.BaseModel):
    checks: Mapping[str, str | None]


def service_environment(
    service: Service, stack: Stack, database: str = DATABASE
) -> Mapping[str, str]:
    """Return the settings of a service of this stack as environment variables."""
    sees_exact = service in _EXACT_LAYER_SERVICES
    fields: dict[str, str | Path | int | None] = {
        "host": HOST,
        "port": stack.port(service),
        "kafka": stack.kafka,
        "postgres_host": HOST,
        "postgres_port": stack.ports.postgres,
        "postgres_database": database,
        "postgres_role": f"lmc_{service}",
        "postgres_password_file": password_file(stack.data_dir.secrets, service),
        "operator_key_file": stack.operator_key_file,
        "steward_token_file": stack.steward_token_file if sees_exact else None,
        "approver_token_file": stack.approver_token_file if sees_exact else None,
        "quarantine_key_file": stack.quarantine_key_file,
        "erasures_file": stack.erasures_file if service == "registration" else None,
        "catalogue": stack.catalogue,
        "reporters_file": stack.reporters if sees_exact else None,
        "work_dir": stack.data_dir.work / service,
    }
    prefix = f"LMC_{service}_".upper()
    variables = {f"{prefix}{name.upper()}": value for name, value in fields.items()}
    return {name: str(value) for name, value in variables.items() if value is not None}
