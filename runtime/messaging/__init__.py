"""Kafka: consumers that commit their position with their effects, outbox, log identity."""
