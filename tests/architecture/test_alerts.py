"""Every alert uses metrics that the services export, and has a runbook."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()


def test_every_alert_uses_metrics_that_the_services_export() -> None:
    sources = "".join(path.read_text() for path in _sources())
    names = set(re.findall(r"\blmc_\w+", RULES))

    assert [name for name in names if f'"{name}"' not in sources] == []


def test_every_alert_has_a_runbook() -> None:
    groups = yaml.safe_load(RULES)["groups"]
    runbooks = [rule["annotations"]["runbook"] for group in groups for rule in group["rules"]]

    assert [page for page in runbooks if not (ROOT / page).exists()] == []


def _sources() -> list[Path]:
    return [*(ROOT / "runtime").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
