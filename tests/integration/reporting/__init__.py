"""Tests of reporting on a real PostgreSQL and, where records travel, a real Kafka."""
