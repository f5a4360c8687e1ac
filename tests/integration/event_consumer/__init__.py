"""The event_consumer on a real log and a real database."""
