"""Tests that kill and freeze processes: nothing is lost and nothing counts twice."""
