"""Tests of kind architecture."""
