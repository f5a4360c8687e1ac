"""Settings for commands that work on reporting's tables themselves, beside the running service."""

from lmc.ports import HOST
from lmc.provision import DATABASE, password_file
from lmc.stack import Stack
from services.reporting.settings import Settings


def reporting_settings(stack: Stack) -> Settings:
    """What reporting of this stack is told, for a process that opens no door."""
    return Settings(
        kafka=stack.kafka,
        postgres_host=HOST,
        postgres_port=stack.ports.postgres,
        postgres_database=DATABASE,
        postgres_password_file=password_file(stack.folder.secrets, "reporting"),
        seal_key_file=stack.seal_key_file,
        catalogue=stack.catalogue,
    )
