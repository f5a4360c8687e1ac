"""The five services as programs: their command line, environment and signs of life."""

import http.client
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pydantic

from lmc.child import Launch, Program
from lmc.ports import HOST, require_free
from lmc.provision import DATABASE, password_file
from lmc.stack import Service, Stack

ROOT = Path(__file__).parents[1]
ASK_S = 1.0
STOP_S = 20
"""Faust leaves its group in 2 s; a busy batch is let finish."""
STEWARDS: frozenset[Service] = frozenset({"reporting"})
"""Only here may the steward's token, and that of who approves, open anything."""
STANDS_BACK = "definitions"
"""The check that fails while reporting waits for a rebuild: that needs the stack to run."""


class ServiceProgram:
    """One of the five services, as a process of its own."""

    def __init__(self, service: Service, stack: Stack, database: str = DATABASE) -> None:
        self._service = service
        self._stack = stack
        self._database = database
        self.name: str = service
        self.output = stack.folder.log(service)
        self.program = Program(stack.folder.pids / service, signal.SIGTERM, STOP_S)

    def launch(self) -> None:
        """Start it; when we die it is ended at once, for it is safe against that."""
        self.program.end_orphan()
        require_free(self._stack.port(self._service))
        settings = environment(self._service, self._stack, self._database)
        command = [sys.executable, "-m", f"services.{self._service}"]
        env = {**os.environ, **settings}
        (self._stack.folder.work / self._service).mkdir(parents=True, exist_ok=True)
        self.program.launch(Launch(command, self.output, signal.SIGKILL, env=env, cwd=ROOT))

    def is_ready(self) -> bool:
        """Whether it says that it can do its work, or that only a rebuild is wanting."""
        reasons = self._reasons()
        return reasons is not None and not (reasons.keys() - {STANDS_BACK})

    def stands_back(self) -> str | None:
        """Why a service that runs does not count: its tables follow other definitions."""
        return (self._reasons() or {}).get(STANDS_BACK)

    def _reasons(self) -> Mapping[str, str] | None:
        """What keeps it from its work, by the name of the check; None if it does not answer."""
        door = http.client.HTTPConnection(HOST, self._stack.port(self._service), timeout=ASK_S)
        try:
            door.request("GET", "/health/ready")
            checks = _Readiness.model_validate_json(door.getresponse().read()).checks
        except (OSError, http.client.HTTPException, pydantic.ValidationError):
            return None
        finally:
            door.close()
        return {name: reason for name, reason in checks.items() if reason is not None}


class _Readiness(pydantic.BaseModel):
    checks: Mapping[str, str | None]


def environment(service: Service, stack: Stack, database: str = DATABASE) -> Mapping[str, str]:
    """The settings of a service of this stack, as its environment."""
    fields: dict[str, str | Path | int | None] = {
        "host": HOST,
        "port": stack.port(service),
        "kafka": stack.kafka,
        "postgres_host": HOST,
        "postgres_port": stack.ports.postgres,
        "postgres_database": database,
        "postgres_role": f"lmc_{service}",
        "postgres_password_file": password_file(stack.folder.secrets, service),
        "operator_key_file": stack.operator_key_file,
        "steward_token_file": stack.steward_token_file if service in STEWARDS else None,
        "approver_token_file": stack.approver_token_file if service in STEWARDS else None,
        "seal_key_file": stack.seal_key_file,
        "erasures_file": stack.erasures_file if service == "registration" else None,
        "catalogue": stack.catalogue,
        "reporters_file": stack.reporters if service in STEWARDS else None,
        "work_dir": stack.folder.work / service,
    }
    prefix = f"LMC_{service}_".upper()
    given = {f"{prefix}{name.upper()}": value for name, value in fields.items()}
    return {name: str(value) for name, value in given.items() if value is not None}
