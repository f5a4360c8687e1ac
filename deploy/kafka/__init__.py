"""Kafka's part of a deployment."""
