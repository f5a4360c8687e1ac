"""Intake: validates the events of partners, gives receipts, and publishes the events."""
