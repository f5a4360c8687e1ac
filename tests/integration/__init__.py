"""Tests of kind integration."""
