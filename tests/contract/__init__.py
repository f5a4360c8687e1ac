"""Tests of kind contract."""
