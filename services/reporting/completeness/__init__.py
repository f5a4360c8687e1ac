"""Completeness: who should report on what, and through which day they have."""
