"""Tests of the full stack through the command `lmc` and HTTP only."""
