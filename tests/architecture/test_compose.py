"""What docker-compose.yml promises, read from the file: no engine is needed to keep it true."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.settings import ServiceSettings
from schemas import declarations
from services.reporting.expecting.reading import read_reporters

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("intake", "registration", "training", "matching", "reporting")


def settings_of(service: str) -> type[ServiceSettings]:
    """The settings class of a service."""
    found: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    return found


def files_of(service: str) -> dict[str, str]:
    """The fields of a service's settings that name a file, and the file."""
    prefix = f"LMC_{service.upper()}_"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in PARTS[service]["environment"].items()
        if name.endswith("_FILE")
    }


def mounts_of(part: str, volume: str) -> list[str]:
    """Where a part has a volume."""
    return [each for each in PARTS[part].get("volumes", []) if each.startswith(f"{volume}:")]


def test_the_file_obeys_the_compose_specification() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_reached_from_this_machine_only(part: str) -> None:
    for port in PARTS[part].get("ports", []):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("part", [part for part in PARTS if part != "topics"])
def test_a_part_says_whether_it_is_healthy(part: str) -> None:
    assert PARTS[part]["healthcheck"]["test"]


@pytest.mark.parametrize("service", OURS)
def test_a_services_environment_holds_only_names_that_its_settings_know(service: str) -> None:
    prefix = f"LMC_{service.upper()}_"
    known = {f"{prefix}{field.upper()}" for field in settings_of(service).model_fields}

    assert set(PARTS[service]["environment"]) <= known


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_published_and_asked_on_the_port_of_its_settings(service: str) -> None:
    port = settings_of(service).model_fields["port"].default

    assert PARTS[service]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/health/ready" in str(PARTS[service]["healthcheck"]["test"])


@pytest.mark.parametrize("service", OURS)
def test_a_service_reads_every_secret_it_names_from_a_mounted_file(service: str) -> None:
    plain = settings_of(service).NO_SECRETS
    files = [path for field, path in files_of(service).items() if field not in plain]

    assert {f"/run/secrets/{secret}" for secret in PARTS[service]["secrets"]} == set(files)


def test_what_a_local_stack_keeps_in_files_is_set_here_too() -> None:
    """Else nobody is ever silent, and an older backup brings back who was erased."""
    plain = {
        service: settings_of(service).NO_SECRETS & files_of(service).keys() for service in OURS
    }

    assert plain["registration"] == {"erasures_file"}
    assert plain["reporting"] == {"reporters_file"}


def test_the_file_of_erasures_lies_on_a_volume_of_its_own_that_the_account_may_write() -> None:
    (volume,) = PARTS["registration"]["volumes"]
    name, folder = volume.split(":")
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    elsewhere = [part for part in PARTS if part != "registration" and mounts_of(part, name)]

    assert Path(files_of("registration")["erasures_file"]).parent == Path(folder)
    assert name in COMPOSE["volumes"]
    assert elsewhere == []
    assert re.search(rf"install --directory --owner=lmc .*{folder}\n", dockerfile)


def test_the_list_of_reporters_is_mounted_for_reading_and_can_be_read() -> None:
    (volume,) = PARTS["reporting"]["volumes"]
    source, target, mode = volume.split(":")

    assert (target, mode) == (files_of("reporting")["reporters_file"], "ro")
    assert read_reporters(ROOT / source, declarations.shipped()) == ()


def test_every_secret_is_made_by_the_script() -> None:
    script = (ROOT / "deploy" / "secrets.sh").read_text()

    assert all(re.search(rf"\b{secret}\b", script) for secret in COMPOSE["secrets"])


def test_nothing_deployed_opens_the_operators_door() -> None:
    """With that key anybody may speak for any source; only a local stack sets it."""
    deployed = [ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("*")]

    texts = [file.read_text(errors="replace") for file in deployed if file.is_file()]

    assert not [text for text in texts if re.search("operator_key", text, re.IGNORECASE)]


def test_the_services_start_with_the_packages_of_the_image_alone() -> None:
    """Whatever is not pinned in requirements/runtime.txt, the image's only list, is hidden."""
    done = subprocess.run(
        [sys.executable, "-c", f"{HIDE_THE_REST}\n{IMPORT_ALL}"],
        input=(ROOT / "requirements" / "runtime.txt").read_text(),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stderr


HIDE_THE_REST = """
import importlib.metadata, re, sys
plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
pinned = {plain(n) for n in re.findall(r"^([A-Za-z0-9._-]+)==", sys.stdin.read(), re.MULTILINE)}
owners = importlib.metadata.packages_distributions()

class Hide:
    def find_spec(self, name, path=None, target=None):
        dists = {plain(dist) for dist in owners.get(name.partition(".")[0], ())}
        if dists and not dists & (pinned | {"lmc-live"}):
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, Hide())
"""
IMPORT_ALL = "\n".join(f"import services.{service}.__main__" for service in OURS)


def test_the_files_that_are_mounted_exist() -> None:
    mounts = [
        volume.split(":")[0]
        for part in PARTS.values()
        for volume in part.get("volumes", [])
        if volume.startswith("./")
    ]

    assert [mount for mount in mounts if not (ROOT / mount).exists()] == []
