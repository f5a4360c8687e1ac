"""An alarm can only ring if what it watches is measured, and each has its page."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()


def test_every_alert_watches_metrics_that_the_services_have() -> None:
    measured = "".join(path.read_text() for path in _sources())
    watched = set(re.findall(r"\blmc_\w+", RULES))

    assert [name for name in watched if f'"{name}"' not in measured] == []


def test_every_alert_has_its_page() -> None:
    groups = yaml.safe_load(RULES)["groups"]
    pages = [rule["annotations"]["runbook"] for group in groups for rule in group["rules"]]

    assert [page for page in pages if not (ROOT / page).exists()] == []


def _sources() -> list[Path]:
    return [*(ROOT / "runtime").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
