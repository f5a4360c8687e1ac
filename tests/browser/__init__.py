"""Tests of kind browser."""
