"""Tests of kind reference."""
