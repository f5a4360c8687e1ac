"""Possible duplicates: jobs that two sources may both have reported."""
