"""Reconciliation: verifies that log, facts, entries and published reports agree."""
