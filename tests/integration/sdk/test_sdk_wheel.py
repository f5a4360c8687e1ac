"""What a partner installs: the README is followed word by word, without the repository."""

import json
import re
import subprocess
from pathlib import Path

from lmc_events import Partner, PublicKey, Refusal, examples, validate_event

from tests.integration.sdk.conftest import DeclaredPartner, RunningIntake
from tests.integration.sdk.installing import ROOT, SDK

README = (SDK / "README.md").read_text()
ADDRESS = "https://intake.example.org"
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SCRIPT_S = 60
LINES_MAX = 120
ODD: tuple[object, ...] = ("0710003730015", None, [], -1, "x")
GRANTS = (("matching.business.started", "70998"),)


def run(python: Path, script: str, folder: Path) -> list[str]:
    """The lines that a script prints; fails if the script does."""
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


def test_a_partner_can_follow_the_readme_and_its_events_are_accepted(
    installed: Path, intake: RunningIntake, tmp_path: Path
) -> None:
    [printed] = run(installed, SNIPPETS[0], tmp_path)
    nes = Partner("nes", tmp_path / "nes.pem")
    intake.declare(nes, PublicKey(*printed.split()), grants=GRANTS)
    assert README.count(ADDRESS) == 1
    printed_lines = run(installed, "".join(SNIPPETS[1:]).replace(ADDRESS, intake.url), tmp_path)
    accepted = intake.accepted_ids(nes)

    assert printed_lines[:2] == [
        "accepted None None None",
        "SendCounts(accepted=1, duplicate=0, refused=0)",
    ]
    assert f"id='{accepted[0]}' source='/partners/nes'" in printed_lines[2]
    assert printed_lines[3:] == ["SendCounts(accepted=2, duplicate=0, refused=0)"]
    assert len(accepted) == 3


def test_the_package_comes_from_the_wheel_with_its_types_and_lists(
    installed: Path, tmp_path: Path
) -> None:
    script = (
        "from pathlib import Path\n"
        "import lmc_events.schemas.events.matching\n"
        "here = Path(lmc_events.__file__).parent\n"
        "print(here, (here / 'py.typed').exists(), (here / 'schemas').is_symlink())\n"
        "try:\n    import schemas\nexcept ImportError:\n    print('no schemas package')\n"
    )
    [first, second] = run(installed, script, tmp_path)
    folder, is_typed, is_link = first.split()

    assert not Path(folder).is_relative_to(ROOT)
    assert (is_typed, is_link) == ("True", "False")
    assert second == "no schemas package"


def test_the_readme_names_the_wheel_that_is_built(wheel: Path) -> None:
    assert f"pip install {wheel.name}\n" in README


def test_the_readme_is_within_its_limit() -> None:
    assert len(README.splitlines()) <= LINES_MAX


def by_the_sdk(raw: bytes) -> tuple[str, str, str]:
    """The SDK's result for an event."""
    try:
        return "accepted", validate_event(raw).id, ""
    except Refusal as refused:
        problem = refused.problem
        return problem.code, problem.path, f"{problem.detail} {problem.remedy}"


def test_the_sdk_and_a_real_intake_have_the_same_result_for_examples_and_variants(
    declared: DeclaredPartner,
) -> None:
    grants = tuple((type_.rpartition(".v")[0], "*") for type_ in examples())
    declared.intake.declare(declared.partner, declared.key, grants=grants)
    events = [json.loads(raw) | {"source": declared.partner.source} for raw in examples().values()]
    variants = [each | {"data": each["data"] | {"on": value}} for each in events for value in ODD]
    bodies = [json.dumps(each).encode() for each in [*events, *variants]]
    results = declared.client.send(bodies, dry_run=True)

    assert [result.status for result in results[: len(events)]] == ["accepted"] * len(events)
    for body, result in zip(bodies[len(events) :], results[len(events) :], strict=True):
        assert (result.code, result.path, result.detail) == by_the_sdk(body)
