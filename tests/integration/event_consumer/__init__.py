"""The event consumer on a real log and a real database."""
