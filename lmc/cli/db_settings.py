"""Reporting's settings for commands that read and write its tables without its HTTP API."""

from lmc.devstack.ports import HOST
from lmc.devstack.provisioning import DATABASE, password_file
from lmc.devstack.stack import Stack
from services.reporting.settings import ReportingSettings


def reporting_settings(stack: Stack) -> ReportingSettings:
    """Return the settings of this stack's reporting, for a process that serves no HTTP."""
    return ReportingSettings(
        kafka=stack.kafka,
        postgres_host=HOST,
        postgres_port=stack.ports.postgres,
        postgres_database=DATABASE,
        postgres_password_file=password_file(stack.data_dir.secrets, "reporting"),
        quarantine_key_file=stack.quarantine_key_file,
        catalogue=stack.catalogue,
    )
