"""Targets: what councils have decided that measures should reach, and the progress so far."""
