"""A stack's addresses and key files, and how a command finds the running stack it is meant for."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from lmc.devstack.data_dir import DataDir, data_dir_from_option, default_data_dir, is_locked
from lmc.devstack.jars import cache_folder
from lmc.devstack.ports import HOST, INTAKE, MATCHING, REGISTRATION, REPORTING, TRAINING, Ports
from runtime.process.errors import DependencyMissing

Service = Literal["intake", "registration", "training", "matching", "reporting"]

SERVICE_PORTS: dict[Service, int] = {
    "intake": INTAKE,
    "registration": REGISTRATION,
    "training": TRAINING,
    "matching": MATCHING,
    "reporting": REPORTING,
}


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its data directory, its ports, and its own lists of codes if it has any."""

    data_dir: DataDir
    ports: Ports
    catalogue: Path | None = None
    reporters: Path | None = None

    def url(self, service: Service) -> str:
        """Return the HTTP address of a service."""
        return f"http://{HOST}:{self.port(service)}"

    def port(self, service: Service) -> int:
        """Return the HTTP port of a service."""
        return self.ports.service(SERVICE_PORTS[service])

    @property
    def kafka(self) -> str:
        """Kafka's bootstrap address."""
        return f"{HOST}:{self.ports.kafka}"

    @property
    def operator_key_file(self) -> Path:
        """The key that the write endpoints accept."""
        return self.data_dir.secrets / "operator-key"

    @property
    def steward_token_file(self) -> Path:
        """The steward's token, for exact numbers and single facts."""
        return self.data_dir.secrets / "steward-token"

    @property
    def approver_token_file(self) -> Path:
        """The token of the second person, who approves a release that the steward prepared."""
        return self.data_dir.secrets / "approver-token"

    @property
    def quarantine_key_file(self) -> Path:
        """The key that encrypts quarantined payloads."""
        return self.data_dir.secrets / "quarantine-key"

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Every key and token of this stack."""
        tokens = (self.operator_key_file, self.steward_token_file, self.approver_token_file)
        return (*tokens, self.quarantine_key_file)

    @property
    def erasures_file(self) -> Path:
        """The erased codes, outside the database: a restored backup must not undo an erasure."""
        return self.data_dir.root / "erasures.jsonl"

    def addresses(self) -> dict[str, str]:
        """Return the address of every service and engine by name."""
        services: dict[str, str] = {name: self.url(name) for name in SERVICE_PORTS}
        return {**services, "kafka": self.kafka, "postgres": f"{HOST}:{self.ports.postgres}"}

    def register(self) -> None:
        """Write the stack's description and its registry entry, by which commands find it."""
        description = _StackDescription(
            pid=os.getpid(),
            port_offset=self.ports.offset,
            catalogue=self.catalogue,
            addresses=self.addresses(),
        )
        unfinished = self.data_dir.stack_file.with_suffix(".new")
        unfinished.write_text(description.model_dump_json(indent=2) + "\n")
        unfinished.replace(self.data_dir.stack_file)
        entry = _registry_entry(self.data_dir)
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry.write_text(str(self.data_dir.root))

    def unregister(self) -> None:
        """Remove the description and the registry entry."""
        self.data_dir.stack_file.unlink(missing_ok=True)
        _registry_entry(self.data_dir).unlink(missing_ok=True)


class _StackDescription(pydantic.BaseModel):
    """The content of `stack.json`."""

    model_config = pydantic.ConfigDict(frozen=True)

    pid: int
    port_offset: int
    catalogue: Path | None = None
    addresses: dict[str, str]


def find_stack(data: str | None, port_offset: int | None) -> Stack:
    """Return the running stack a command is meant for; raise DependencyMissing with the remedy.

    Without `data`: the stack on the default directory, else the only other one of this user.
    """
    if data is not None:
        return _stack_on(data_dir_from_option(data), port_offset)
    stacks = [stack for stack in _running_stacks() if port_offset in (None, stack.ports.offset)]
    default = [stack for stack in stacks if stack.data_dir == DataDir(default_data_dir())]
    if len(default or stacks) == 1:
        return (default or stacks)[0]
    if stacks:
        choices = ", ".join(str(stack.data_dir.root) for stack in stacks)
        raise DependencyMissing(f"several stacks run: {choices}. Choose one with --data.")
    at_offset = "" if port_offset is None else f" with --port-offset {port_offset}"
    raise DependencyMissing(
        f"no stack runs{at_offset}, or it is still starting. Start one with `lmc up`,"
        " or name its directory with --data."
    )


def _stack_on(data_dir: DataDir, port_offset: int | None) -> Stack:
    stack = _running_on(data_dir)
    if stack is None:
        raise DependencyMissing(
            f"no stack runs on {data_dir.root}, or it is still starting."
            f" Start one with `lmc up --data {data_dir.root}`."
        )
    if port_offset not in (None, stack.ports.offset):
        raise DependencyMissing(
            f"the stack on {data_dir.root} runs with --port-offset {stack.ports.offset},"
            f" not {port_offset}."
        )
    return stack


def _running_stacks() -> Iterator[Stack]:
    """Yield this user's running stacks; an entry whose directory is not locked is stale."""
    entries = {Path(entry.read_text()) for entry in _registry().glob("*")}
    for root in sorted(entries | {default_data_dir()}):
        stack = _running_on(DataDir(root))
        if stack is not None:
            yield stack


def _running_on(data_dir: DataDir) -> Stack | None:
    if not is_locked(data_dir):
        return None
    try:
        description = _StackDescription.model_validate_json(data_dir.stack_file.read_bytes())
    except (OSError, pydantic.ValidationError):
        return None
    return Stack(data_dir, Ports(description.port_offset), description.catalogue)


def _registry() -> Path:
    return cache_folder() / "stacks"


def _registry_entry(data_dir: DataDir) -> Path:
    return _registry() / hashlib.sha256(bytes(data_dir.root)).hexdigest()[:16]
