"""The listener on a real log and a real database."""
