"""Measurements, printed as a table and written to bench/results."""
