"""What a partner installs: the README, word by word, where the repository is not."""

import json
import re
import subprocess
from pathlib import Path

from lmc_events import Partner, PublicKey, Refusal, check, examples

from tests.integration.sdk.conftest import Door, Office
from tests.integration.sdk.installing import ROOT, SDK

README = (SDK / "README.md").read_text()
ADDRESS = "https://intake.example.org"
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SCRIPT_S = 60
LINES_MAX = 120
ODD: tuple[object, ...] = ("0710003730015", None, [], -1, "x")
GRANTS = (("matching.business.started", "70998"),)


def run(python: Path, script: str, folder: Path) -> list[str]:
    """The lines that a script prints when it ends well."""
    (folder / "script.py").write_text(script)
    done = subprocess.run(
        [str(python), "-I", "-W", "error", "script.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SCRIPT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_partner_gets_through_the_readme_and_its_facts_are_said(
    installed: Path, door: Door, tmp_path: Path
) -> None:
    [printed] = run(installed, SNIPPETS[0], tmp_path)
    nes = Partner("nes", tmp_path / "nes.pem")
    door.declare(nes, PublicKey(*printed.split()), grants=GRANTS)
    assert README.count(ADDRESS) == 1
    told = run(installed, "".join(SNIPPETS[1:]).replace(ADDRESS, door.url), tmp_path)
    said = door.said_by(nes)

    assert told[:2] == ["accepted None None None", "Sent(accepted=1, duplicate=0, refused=0)"]
    assert f"id='{said[0]}' source='/partners/nes'" in told[2]
    assert told[3:] == ["Sent(accepted=2, duplicate=0, refused=0)"]
    assert len(said) == 3


def test_the_package_comes_from_the_wheel_with_its_types_and_lists(
    installed: Path, tmp_path: Path
) -> None:
    script = (
        "from pathlib import Path\n"
        "import lmc_events.schemas.matching\n"
        "here = Path(lmc_events.__file__).parent\n"
        "print(here, (here / 'py.typed').exists(), (here / 'schemas').is_symlink())\n"
        "try:\n    import schemas\nexcept ImportError:\n    print('no schemas beside it')\n"
    )
    [first, second] = run(installed, script, tmp_path)
    folder, is_typed, is_link = first.split()

    assert not Path(folder).is_relative_to(ROOT)
    assert (is_typed, is_link) == ("True", "False")
    assert second == "no schemas beside it"


def test_the_readme_names_the_wheel_that_is_built(wheel: Path) -> None:
    assert f"pip install {wheel.name}\n" in README


def test_the_readme_can_be_read_at_one_sitting() -> None:
    assert len(README.splitlines()) <= LINES_MAX


def in_the_kit(raw: bytes) -> tuple[str, str, str]:
    """What the kit says of an event that is not well said."""
    try:
        return "accepted", check(raw).id, ""
    except Refusal as refused:
        problem = refused.problem
        return problem.code, problem.path, f"{problem.detail} {problem.remedy}"


def test_the_kit_says_of_every_example_and_of_spoilt_ones_what_a_real_door_says(
    office: Office,
) -> None:
    grants = tuple((type_.rpartition(".v")[0], "*") for type_ in examples())
    office.door.declare(office.partner, office.key, grants=grants)
    told = [json.loads(raw) | {"source": office.partner.source} for raw in examples().values()]
    spoilt = [said | {"data": said["data"] | {"on": value}} for said in told for value in ODD]
    bodies = [json.dumps(said).encode() for said in [*told, *spoilt]]
    results = office.client.send(bodies, dry_run=True)

    assert [result.status for result in results[: len(told)]] == ["accepted"] * len(told)
    for body, result in zip(bodies[len(told) :], results[len(told) :], strict=True):
        assert (result.code, result.path, result.detail) == in_the_kit(body)
