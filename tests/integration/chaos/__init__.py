"""Processes that are killed, frozen and cut off: nothing is lost and nothing counts twice."""
