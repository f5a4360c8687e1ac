"""The batch_consumer on a real log and a real database."""
