"""Properties of docker-compose.yml, read from the file, without a container engine."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.process.settings import ServiceSettings
from schemas import declared_codes
from services.reporting.completeness.loading import read_reporters

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVICE_NAMES = ("intake", "registration", "training", "matching", "reporting")


def settings_of(service: str) -> type[ServiceSettings]:
    """Return the settings class of a service."""
    found: type[ServiceSettings] = getattr(
        import_module(f"services.{service}.settings"), f"{service.capitalize()}Settings"
    )
    return found


def files_of(service: str) -> dict[str, str]:
    """Return the settings fields of a service that name a file, and the file."""
    prefix = f"LMC_{service.upper()}_"
    return {
        name.removeprefix(prefix).lower(): value
        for name, value in CONTAINERS[service]["environment"].items()
        if name.endswith("_FILE")
    }


def mounts_of(container: str, volume: str) -> list[str]:
    """Return the mounts of a volume in a container."""
    return [
        each for each in CONTAINERS[container].get("volumes", []) if each.startswith(f"{volume}:")
    ]


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


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_container_publishes_ports_on_this_machine_only(container: str) -> None:
    for port in CONTAINERS[container].get("ports", []):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("container", [each for each in CONTAINERS if each != "topics"])
def test_every_container_has_a_health_check(container: str) -> None:
    assert CONTAINERS[container]["healthcheck"]["test"]


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_service_environment_contains_only_names_of_its_settings(service: str) -> None:
    prefix = f"LMC_{service.upper()}_"
    known = {f"{prefix}{field.upper()}" for field in settings_of(service).model_fields}

    assert set(CONTAINERS[service]["environment"]) <= known


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_service_is_published_and_checked_on_the_port_of_its_settings(service: str) -> None:
    port = settings_of(service).model_fields["port"].default

    assert CONTAINERS[service]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/health/ready" in str(CONTAINERS[service]["healthcheck"]["test"])


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_service_reads_every_secret_it_names_from_a_mounted_file(service: str) -> None:
    not_secret = settings_of(service).NO_SECRETS
    files = [path for field, path in files_of(service).items() if field not in not_secret]

    assert {f"/run/secrets/{secret}" for secret in CONTAINERS[service]["secrets"]} == set(files)


def test_the_files_of_a_local_stack_are_set_here_too() -> None:
    """Otherwise no reporter is ever silent, and an older backup restores erased persons."""
    not_secret = {
        service: settings_of(service).NO_SECRETS & files_of(service).keys()
        for service in SERVICE_NAMES
    }

    assert not_secret["registration"] == {"erasures_file"}
    assert not_secret["reporting"] == {"reporters_file"}


def test_the_file_of_erasures_has_its_own_volume_that_the_account_may_write() -> None:
    (volume,) = CONTAINERS["registration"]["volumes"]
    name, folder = volume.split(":")
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    other_mounts = [
        container
        for container in CONTAINERS
        if container != "registration" and mounts_of(container, name)
    ]

    assert Path(files_of("registration")["erasures_file"]).parent == Path(folder)
    assert name in COMPOSE["volumes"]
    assert other_mounts == []
    assert re.search(rf"install --directory --owner=lmc .*{folder}\n", dockerfile)


def test_the_list_of_reporters_is_mounted_for_reading_and_can_be_read() -> None:
    (volume,) = CONTAINERS["reporting"]["volumes"]
    source, target, mode = volume.split(":")

    assert (target, mode) == (files_of("reporting")["reporters_file"], "ro")
    assert read_reporters(ROOT / source, declared_codes.shipped()) == ()


def test_the_script_makes_every_secret() -> None:
    script = (ROOT / "deploy" / "secrets.sh").read_text()

    assert all(re.search(rf"\b{secret}\b", script) for secret in COMPOSE["secrets"])


def test_no_deployed_file_sets_the_operator_key() -> None:
    """That key may publish for any source; only a local stack sets it."""
    deployed = [ROOT / "docker-compose.yml", *(ROOT / "deploy").rglob("*")]

    texts = [file.read_text(errors="replace") for file in deployed if file.is_file()]

    assert not [text for text in texts if re.search("operator_key", text, re.IGNORECASE)]


def test_the_services_start_with_the_packages_of_the_image_alone() -> None:
    """Packages that requirements/runtime.txt does not pin are hidden: the image lacks them."""
    done = subprocess.run(
        [sys.executable, "-c", f"{HIDE_OTHER_PACKAGES}\n{IMPORT_ALL}"],
        input=(ROOT / "requirements" / "runtime.txt").read_text(),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stderr


HIDE_OTHER_PACKAGES = """
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
IMPORT_ALL = "\n".join(f"import services.{service}.__main__" for service in SERVICE_NAMES)


def test_the_files_that_are_mounted_exist() -> None:
    mounts = [
        volume.split(":")[0]
        for container in CONTAINERS.values()
        for volume in container.get("volumes", [])
        if volume.startswith("./")
    ]

    assert [mount for mount in mounts if not (ROOT / mount).exists()] == []
