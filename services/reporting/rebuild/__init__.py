"""Rebuild the projection from the entire log in staging tables, compare, and cut over."""
