"""Run a local stack: real Kafka, real PostgreSQL and the five services as child processes."""
