"""One batch of the log: records become facts, and their subjects' entries are replaced."""
