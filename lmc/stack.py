"""A running stack as other commands see it: where it listens, and which keys open it."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from lmc.folder import Folder, default_folder, given_folder, is_taken
from lmc.jars import cache_folder
from lmc.ports import HOST, INTAKE, MATCHING, REGISTRATION, REPORTING, TRAINING, Ports
from runtime.errors import Missing

Service = Literal["intake", "registration", "training", "matching", "reporting"]

SERVICE_PORTS: dict[Service, int] = {
    "intake": INTAKE,
    "registration": REGISTRATION,
    "training": TRAINING,
    "matching": MATCHING,
    "reporting": REPORTING,
}


class Description(pydantic.BaseModel):
    """What `stack.json` says."""

    model_config = pydantic.ConfigDict(frozen=True)

    pid: int
    port_offset: int
    catalogue: Path | None = None
    addresses: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack on one data directory and one block of ports, with its own lists if any."""

    folder: Folder
    ports: Ports
    catalogue: Path | None = None
    reporters: Path | None = None

    def url(self, service: Service) -> str:
        """The HTTP address of a service."""
        return f"http://{HOST}:{self.port(service)}"

    def port(self, service: Service) -> int:
        """The HTTP port of a service."""
        return self.ports.service(SERVICE_PORTS[service])

    @property
    def kafka(self) -> str:
        """Kafka's address."""
        return f"{HOST}:{self.ports.kafka}"

    @property
    def operator_key_file(self) -> Path:
        """The key of the write doors."""
        return self.folder.secrets / "operator-key"

    @property
    def steward_token_file(self) -> Path:
        """The token that opens exact numbers and single facts."""
        return self.folder.secrets / "steward-token"

    @property
    def approver_token_file(self) -> Path:
        """The token of the second person, who approves what the steward has prepared to close."""
        return self.folder.secrets / "approver-token"

    @property
    def seal_key_file(self) -> Path:
        """The key of what is kept in quarantine."""
        return self.folder.secrets / "seal-key"

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """Every key and token of this stack."""
        doors = (self.operator_key_file, self.steward_token_file, self.approver_token_file)
        return (*doors, self.seal_key_file)

    @property
    def erasures_file(self) -> Path:
        """Who was erased: beside the database, so that no backup of it brings anybody back."""
        return self.folder.root / "erasures.jsonl"

    def addresses(self) -> dict[str, str]:
        """Every part with its address."""
        services: dict[str, str] = {name: self.url(name) for name in SERVICE_PORTS}
        return {**services, "kafka": self.kafka, "postgres": f"{HOST}:{self.ports.postgres}"}

    def announce(self) -> None:
        """Let other commands find this stack."""
        description = Description(
            pid=os.getpid(),
            port_offset=self.ports.offset,
            catalogue=self.catalogue,
            addresses=self.addresses(),
        )
        fresh = self.folder.description.with_suffix(".new")
        fresh.write_text(description.model_dump_json(indent=2) + "\n")
        fresh.replace(self.folder.description)
        entry = _register() / hashlib.sha256(bytes(self.folder.root)).hexdigest()[:16]
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        entry.write_text(str(self.folder.root))

    def withdraw(self) -> None:
        """Take the announcement back."""
        self.folder.description.unlink(missing_ok=True)
        entry = _register() / hashlib.sha256(bytes(self.folder.root)).hexdigest()[:16]
        entry.unlink(missing_ok=True)


def find_stack(data: str | None, port_offset: int | None) -> Stack:
    """The running stack a command is meant for; raises Missing with what to do.

    Without `data`: the stack on the usual directory, else the only other one of this user.
    """
    if data is not None:
        return _on(given_folder(data), port_offset)
    stacks = [stack for stack in _registered() if port_offset in (None, stack.ports.offset)]
    usual = [stack for stack in stacks if stack.folder == Folder(default_folder())]
    if len(usual or stacks) == 1:
        return (usual or stacks)[0]
    if stacks:
        choices = ", ".join(str(stack.folder.root) for stack in stacks)
        raise Missing(f"several stacks run: {choices}. Choose one with --data.")
    where = "" if port_offset is None else f" with --port-offset {port_offset}"
    raise Missing(
        f"no stack runs{where}, or it is still starting. Start one with `lmc up`,"
        " or name its directory with --data."
    )


def _on(folder: Folder, port_offset: int | None) -> Stack:
    stack = _running(folder)
    if stack is None:
        raise Missing(
            f"no stack runs on {folder.root}, or it is still starting."
            f" Start one with `lmc up --data {folder.root}`."
        )
    if port_offset not in (None, stack.ports.offset):
        raise Missing(
            f"the stack on {folder.root} runs with --port-offset {stack.ports.offset},"
            f" not {port_offset}."
        )
    return stack


def _registered() -> Iterator[Stack]:
    entries = {Path(entry.read_text()) for entry in _register().glob("*")}
    for root in sorted(entries | {default_folder()}):
        stack = _running(Folder(root))
        if stack is not None:
            yield stack


def _running(folder: Folder) -> Stack | None:
    if not is_taken(folder):
        return None
    try:
        description = Description.model_validate_json(folder.description.read_bytes())
    except (OSError, pydantic.ValidationError):
        return None
    return Stack(folder, Ports(description.port_offset), description.catalogue)


def _register() -> Path:
    """Which stacks of this user run; an entry whose directory nobody holds counts for nothing."""
    return cache_folder() / "stacks"
